package sql

// isBuiltin reports whether a server of a major version certainly has a function that some release has.
func isBuiltin(name []byte, version uint8) bool {
	first, last := builtinReleases(name)
	return version >= max(first, oldestAsked) && (last == 0 || version <= last)
}
