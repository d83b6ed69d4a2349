"""Do obdzwonienia: visits about which nobody could be told, worked off one after the other."""
