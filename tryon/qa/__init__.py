"""Quality from recorded video: measures, baselines, gates, reports."""
