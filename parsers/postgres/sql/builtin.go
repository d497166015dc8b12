package sql

// isBuiltin reports whether a server of a major version certainly has a function that some release has; 0 is not known.
func isBuiltin(name []byte, version uint8) bool {
	first, last := builtinReleases(name)
	return (first == 0 || version >= first) && (last == 0 || version > 0 && version <= last)
}
