package sql

import "math"

// Encoding is how a client encodes its texts, as far as reading depends on it.
type Encoding uint8

const (
	// EncodingUnknown is an encoding that is not known. No text in it is read.
	EncodingUnknown Encoding = iota
	// EncodingMixed is one in which a byte below 0x80 may be part of a longer character, so that a quote may not be one.
	// Only texts without any byte above are read, which are the same in all encodings.
	EncodingMixed
	// EncodingASCII is one in which a byte below 0x80 is always a character of its own. What stands outside ASCII is not
	// known, and therefore may not be in a name.
	EncodingASCII
	// EncodingUTF8 is UTF-8.
	EncodingUTF8
)

// Settings is what the meaning of a text depends on, as the server has reported it. The zero value is for a server of
// which nothing is known: no text is read.
type Settings struct {
	// Client is client_encoding.
	Client Encoding
	// ServerUTF8: server_encoding is UTF8. Otherwise the server may change letters outside ASCII to small ones, and
	// names without quotes that have them are not read.
	ServerUTF8 bool
	// StandardStrings: standard_conforming_strings is on. Otherwise a backslash in '...' may be an escape, and texts that
	// have one there are not read.
	StandardStrings bool
	// Version is the major version of the server; 0 is not known. A function without a schema that the server may lack is one
	// of a user. Texts for servers older than 10 are not read.
	Version uint8
}

// oldestRead is the first version whose texts are read. Programs that only speak the protocol of PostgreSQL often say that they
// are older; their SQL may have other comments, quotes and escapes.
const oldestRead = 10

// VersionOf returns the major version in a value of server_version, such as "18.1 (Debian 18.1-1)"; 0 is not known.
func VersionOf(value []byte) uint8 {
	version := 0
	for _, c := range value {
		if c < '0' || c > '9' {
			break
		}
		if version = version*10 + int(c-'0'); version > math.MaxUint8 {
			return 0
		}
	}
	return uint8(version)
}

// EncodingOf returns what is known of a value of client_encoding. As for the server, only letters and digits count.
// Source: PostgreSQL, src/common/encnames.c, and table "PostgreSQL Character Sets" of its documentation.
func EncodingOf(name []byte) Encoding {
	var buffer [16]byte
	clean := buffer[:0]
	for _, c := range name {
		switch {
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
		default:
			continue
		}
		if len(clean) == cap(clean) {
			return EncodingUnknown
		}
		clean = append(clean, c)
	}
	switch string(clean) {
	case "utf8", "unicode":
		return EncodingUTF8
	case "sqlascii", "euccn", "eucjp", "eucjis2004", "euckr", "euctw",
		"iso88591", "iso88592", "iso88593", "iso88594", "iso88595", "iso88596", "iso88597", "iso88598", "iso88599",
		"iso885910", "iso885913", "iso885914", "iso885915", "iso885916",
		"latin1", "latin2", "latin3", "latin4", "latin5", "latin6", "latin7", "latin8", "latin9", "latin10",
		"koi8", "koi8r", "koi8u", "alt", "win", "win866", "win874", "abc", "tcvn", "tcvn5712", "vscii",
		"win1250", "win1251", "win1252", "win1253", "win1254", "win1255", "win1256", "win1257", "win1258",
		"windows866", "windows874", "windows1250", "windows1251", "windows1252", "windows1253", "windows1254",
		"windows1255", "windows1256", "windows1257", "windows1258":
		return EncodingASCII
	case "big5", "gb18030", "gbk", "johab", "mskanji", "shiftjis", "shiftjis2004", "sjis", "uhc",
		"win932", "win936", "win949", "win950", "windows932", "windows936", "windows949", "windows950":
		return EncodingMixed
	}
	return EncodingUnknown
}
