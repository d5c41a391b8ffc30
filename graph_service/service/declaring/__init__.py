"""The one intake of what suppliers push: matched to items, checked, recorded, reviewed."""
