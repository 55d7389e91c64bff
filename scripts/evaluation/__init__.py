"""What scripts/evaluate is made of: clips and their truth, the scan, the matching, the report, the rendered suites."""
