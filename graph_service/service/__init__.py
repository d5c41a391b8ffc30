"""Use cases: one public function each, taking its ports as arguments."""
