package postgres

// PathOf is for tests.
var PathOf = pathOf
