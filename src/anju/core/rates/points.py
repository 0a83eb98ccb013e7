"""Basis points, as the package of rates offers them."""

from anju.core.basis_points import BasisPoints, bp_from_text, bp_text, bp_to_ppm, ppm_to_bp, signed_bp

__all__ = ["BasisPoints", "bp_from_text", "bp_text", "bp_to_ppm", "ppm_to_bp", "signed_bp"]
