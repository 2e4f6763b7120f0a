"""Voxel grids, planes and motion in world millimetres."""
