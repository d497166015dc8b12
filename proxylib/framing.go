package proxylib

// Framing is how a protocol cuts a stream into messages: each begins with a header of fixed length, in which a number in
// network byte order says how many bytes follow. A plain length prefix is a header that is nothing but that number. It is
// a value, and may be used from several threads at once.
type Framing struct {
	// Header is the length of the header in bytes.
	Header int
	// At is the offset of the number in the header, Size its length in bytes, 1 to 8.
	At, Size int
	// Counted is how many bytes of the header the number counts in: its own length, say, or that of the header.
	Counted int
	// Most is the largest number of bytes that may follow.
	Most int
}

// Next returns the header of the message at the front, which is part of the input or of *scratch; see [View.Bytes]. If
// it is not there as a whole, missing says how many bytes the parser answers [MORE] with.
func (f *Framing) Next(v View, scratch *[]byte) (header []byte, missing int) {
	if missing = v.Missing(f.Header); missing > 0 {
		return nil, missing
	}
	return v.Bytes(0, f.Header, scratch), 0
}

// Follows returns how many bytes follow a header. It answers false if the number can not be right: it is larger than
// Most, or smaller than what it has to count.
func (f *Framing) Follows(header []byte) (int, bool) {
	n := uint64(0)
	for _, b := range header[f.At : f.At+f.Size] {
		n = n<<8 | uint64(b)
	}
	n -= uint64(f.Counted)
	if n > uint64(f.Most) {
		return 0, false
	}
	return int(n), true
}
