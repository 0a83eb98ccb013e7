"""Portal 客户门户: the screens of the borrower."""
