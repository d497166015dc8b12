package proxylib

// LineScanner finds the end of the line at the front of a direction's input. It remembers how far it has looked, so
// that a line that comes byte by byte costs no more than one that comes at once. The zero value is ready for use; a
// parser keeps one a direction.
type LineScanner struct{ scanned int }

// Next returns the length of the first line of v, line feed included, or 0 if it is not complete. While it answers 0,
// the next call must be for the same bytes with more behind them.
func (s *LineScanner) Next(v View) int {
	end := v.IndexByte('\n', min(s.scanned, v.Len()))
	if end < 0 {
		s.scanned = v.Len()
		return 0
	}
	s.scanned = 0
	return end + 1
}
