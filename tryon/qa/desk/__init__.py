"""What ``/qa`` keeps and works on: clips, runs and baselines in one folder, and the one process that replays."""
