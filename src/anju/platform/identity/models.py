"""Who may come in, and what they looked at."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from anju.platform.identity.roles import ROLES


class Branch(models.Model):
    """Branch 分支机构: the scope of every query a person at the desk makes."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    zone = models.CharField(max_length=40, default="Asia/Shanghai")


class StaffManager(BaseUserManager["Staff"]):
    def create_user(self, staff_no: str, password: str | None = None, **fields: object) -> "Staff":
        staff = self.model(staff_no=staff_no, **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff


class Staff(AbstractBaseUser):
    """Staff member 员工: logs in with the staff number; one role; one branch, or all (head office)."""

    staff_no = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=40)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=20, choices=[(r, r) for r in ROLES])
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="staff")
    sees_all_branches = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=10, default="zh-hans")
    joined_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "staff_no"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = StaffManager()


class BorrowerAccount(models.Model):
    """Borrower's account 客户账户: one per person; entered with a one-time code, never a password."""

    person_id = models.BigIntegerField(unique=True)
    language = models.CharField(max_length=10, default="zh-hans")
    created_at = models.DateTimeField()
    last_login_at = models.DateTimeField(null=True)


class OneTimeCode(models.Model):
    """One-time code 一次性验证码: six digits, kept as a keyed hash, short-lived, few tries."""

    account = models.ForeignKey(BorrowerAccount, on_delete=models.CASCADE)
    code_hash = models.BinaryField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(name="otc_account", fields=["account", "-issued_at"])]


class Reveal(models.Model):
    """Reveal 查看明文记录: who saw which masked value of whom, and why."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT)
    person_id = models.BigIntegerField()
    field = models.CharField(max_length=40)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()
