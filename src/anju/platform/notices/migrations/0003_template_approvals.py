"""What providers approved, by the hash of a text."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('notices', '0002_machine'),
    ]

    operations = [
        migrations.CreateModel(
            name='TemplateApproval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(max_length=40)),
                ('channel', models.CharField(max_length=10)),
                ('template', models.CharField(max_length=60)),
                ('language', models.CharField(max_length=5)),
                ('text_hash', models.CharField(max_length=16)),
                ('provider_code', models.CharField(blank=True, max_length=80)),
                ('state', models.CharField(choices=[('draft', '待报备'), ('submitted', '报备中'), ('approved', '已通过'), ('rejected', '未通过'), ('withdrawn', '已撤销')], default='draft', max_length=10)),
                ('created_at', models.DateTimeField()),
                ('submitted_at', models.DateTimeField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('by', models.CharField(max_length=80)),
                ('note', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'indexes': [models.Index(fields=['template', '-id'], name='approval_of_template')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['draft', 'submitted', 'approved'])), fields=('provider', 'channel', 'template', 'language', 'text_hash'), name='approval_one_live'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('ended_at__isnull', True), ('state', 'draft'), ('submitted_at__isnull', True)), models.Q(('decided_at__isnull', True), ('ended_at__isnull', True), ('state', 'submitted'), ('submitted_at__isnull', False)), models.Q(('decided_at__isnull', False), ('ended_at__isnull', True), ('state', 'approved'), ('submitted_at__isnull', False)), models.Q(('decided_at__isnull', False), ('ended_at__isnull', False), ('state', 'rejected'), ('submitted_at__isnull', False)), models.Q(('ended_at__isnull', False), ('state', 'withdrawn')), _connector='OR'), name='approval_state_has_times')],
            },
        ),
    ]
