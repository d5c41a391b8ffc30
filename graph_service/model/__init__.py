"""What a thing is: vocabulary, facts as columns, batches, units. No I/O, no database, no web."""
