"""Offers of earlier times: who was asked, how each ended, and stopping one."""
