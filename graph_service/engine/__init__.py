"""What a thing weighs: NumPy and SciPy on arrays. Knows no database, no web, no GraphQL, no facts."""
