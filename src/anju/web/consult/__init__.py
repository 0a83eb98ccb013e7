"""Consult 贷款咨询: one page for desk and portal. Inputs in the address, plans side by side, what-ifs, link, PDF."""
