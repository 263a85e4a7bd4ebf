"""From what a merchant hands in to what the mirror wears: checked, rebuilt and pictured, in a killable process."""
