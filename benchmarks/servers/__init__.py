"""What is measured in Python: stock Strawberry and ours, over the same types and the same objects."""
