"""Products and rates 产品与利率."""
