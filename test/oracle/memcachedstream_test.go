//go:build e2e

package oracle

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
)

// pick returns one of the words.
func pick[T any](r *rand.Rand, words ...T) T { return words[r.IntN(len(words))] }

// memcachedStream makes what a client sends: requests that are right, almost right and wrong, in one of the protocols,
// with requests hidden in payloads, and then perhaps damaged.
func memcachedStream(r *rand.Rand) []byte {
	request := pick(r, classicRequest, classicRequest, metaRequest, anyText)
	if r.IntN(3) == 0 {
		request = binaryRequest
	}
	var stream []byte
	for range 1 + r.IntN(5) {
		stream = append(stream, request(r)...)
	}
	if r.IntN(8) == 0 {
		stream = append(stream, pick(r, classicRequest, metaRequest, binaryRequest)(r)...)
	}
	for range pick(r, 0, 0, 0, 1, 1, 2, 5) {
		stream = damage(r, stream)
	}
	return stream
}

func anyText(r *rand.Rand) []byte { return pick(r, classicRequest, metaRequest, adminRequest)(r) }

// damage changes a stream in one place.
func damage(r *rand.Rand, stream []byte) []byte {
	if len(stream) == 0 {
		return stream
	}
	at := r.IntN(len(stream))
	end := min(len(stream), at+1+r.IntN(8))
	switch r.IntN(6) {
	case 0:
		stream[at] ^= 1 << r.IntN(8)
	case 1:
		stream[at] = pick(r, byte(0), ' ', '\r', '\n', '\t', 0x80, 0x81, '0', 'n', 0xff)
	case 2:
		stream = append(stream[:at:at], stream[end:]...)
	case 3:
		part := string(stream[at:end])
		stream = append(stream[:end:end], append([]byte(part), stream[end:]...)...)
	case 4:
		stream = stream[:at]
	default:
		inserted := pick(r, " ", "\r\n", "\n", "\r", "\x00", "noreply", "get no/a\r\n", "  ", "\t", " 0", "q")
		stream = append(stream[:at:at], append([]byte(inserted), stream[at:]...)...)
	}
	return stream
}

// key is mostly one that is allowed.
func key(r *rand.Rand) string {
	switch r.IntN(12) {
	case 0:
		return pick(r, forbidden...)
	case 1:
		return "ok/" + strings.Repeat("k", pick(r, 246, 247, 248, 300))
	case 2:
		return pick(r, "", "ok/\x00no/a", "ok/\tno/a", "ok/ü", "ok/\x7f", "ok/\xff", " no/a", "ok/\nget no/a")
	}
	return "ok/" + pick(r, "a", "b", "c", "noreply")
}

// number is mostly a small one.
func number(r *rand.Rand) string {
	if r.IntN(4) > 0 {
		return pick(r, "0", "1", "5", "10")
	}
	return pick(r, "-1", "-0", "+5", "005", "0x10", "1e3", "5.0", "4294967295", "4294967296", "2147483645", "2147483647",
		"2147483648", "3000000000", "18446744073709551615", "18446744073709551616", "9223372036854775808",
		"99999999999999999999999", "noreply", "", "5a", "-", "\x00")
}

func space(r *rand.Rand) string {
	if r.IntN(20) > 0 {
		return " "
	}
	return pick(r, "  ", "\t", " \x00", "", "\v", "\r")
}

func lineEnd(r *rand.Rand) string {
	if r.IntN(15) > 0 {
		return "\r\n"
	}
	return pick(r, "\n", "\r", "\r\r\n", " \r\n", "\x00\r\n", "\n\r", "")
}

// line joins words to a line.
func line(r *rand.Rand, words ...string) []byte {
	var b []byte
	for i, word := range words {
		if i > 0 {
			b = append(b, space(r)...)
		}
		b = append(b, word...)
	}
	if r.IntN(20) == 0 {
		b = append(b, " "+pick(r, "noreply", "0", "junk", "no/a")...)
	}
	return append(b, lineEnd(r)...)
}

// payload is the value of a request with what a server would do if it took it for requests.
func payload(r *rand.Rand) string {
	hidden := pick(r, adminRequest, classicRequest, metaRequest, binaryRequest)
	return pick(r, "", "x", "value", strings.Repeat("v", 3000), string(hidden(r)), "\r\n"+string(hidden(r)),
		"delete no/a\r\n", "set no/a 0 0 1\r\nX\r\n", "\r\nflush_all\r\n", "x\r\nget no/a")
}

// sized is the length of a payload, mostly the right one.
func sized(r *rand.Rand, value string) string {
	if r.IntN(6) > 0 {
		return fmt.Sprint(len(value))
	}
	return pick(r, fmt.Sprint(len(value)+1), fmt.Sprint(max(0, len(value)-1)), fmt.Sprintf("+%d", len(value)),
		fmt.Sprintf("00%d", len(value)), fmt.Sprint(len(value)+2), number(r))
}

func classicRequest(r *rand.Rand) []byte {
	silent := func(words ...string) []byte {
		if r.IntN(3) == 0 {
			words = append(words, "noreply")
		}
		return line(r, words...)
	}
	switch r.IntN(8) {
	case 0, 1:
		words := []string{pick(r, "get", "gets", "GET", "bget")}
		for range 1 + r.IntN(pick(r, 2, 2, 30)) {
			words = append(words, key(r))
		}
		return line(r, words...)
	case 2:
		return line(r, pick(r, "gat", "gats"), number(r), key(r), key(r))
	case 3:
		return silent("delete", key(r))
	case 4:
		return silent(pick(r, "incr", "decr", "touch"), key(r), number(r))
	case 5:
		value := payload(r)
		b := silent("cas", key(r), number(r), number(r), sized(r, value), number(r))
		return append(append(b, value...), lineEnd(r)...)
	case 6:
		return line(r, pick(r, "delete", "incr", "touch", "get", "gat", "set", "version"), "noreply", number(r), number(r))
	}
	value := payload(r)
	b := silent(pick(r, "set", "add", "replace", "append", "prepend", "set "), key(r), number(r), number(r), sized(r, value))
	return append(append(b, value...), lineEnd(r)...)
}

func adminRequest(r *rand.Rand) []byte {
	return line(r, pick(r, "flush_all", "flush_all 0", "flush_all noreply", "verbosity 1", "verbosity", "cache_memlimit 65",
		"stats", "stats settings", "stats reset", "stats detail on", "stats cachedump 1 10", "slabs automove 1",
		"slabs reassign 1 2", "lru mode flat", "lru tune 10 25 0.1 2.0", "lru_crawler disable", "lru_crawler metadump all",
		"watch fetchers mutations", "shutdown", "version", "quit", "mn", "me no/a", "extstore free_memchunks 1 2",
		"misbehave", "refresh_certs", "\x00", "nothing", ""))
}

func metaRequest(r *rand.Rand) []byte {
	name := key(r)
	var flags []string
	for range r.IntN(5) {
		flags = append(flags, pick(r, "b", "c", "C5", "E7", "f", "F3", "h", "I", "k", "l", "Oabc", "q", "s", "t", "u", "v", "x",
			"N30", "R30", "T60", "D1", "J2", "MA", "MS", "MP", "MI", "M+", "Lx", "S5", "no/a", "O"+strings.Repeat("o", 32),
			"vv", "", "!", "q\x00", "T-1", "Tx", "N", "MM"))
	}
	switch r.IntN(5) {
	case 0:
		name = base64.StdEncoding.EncodeToString([]byte(name))
		flags = append(flags, "b")
	case 1:
		name = pick(r, "bm8vYQ==", "bm8vYQ", "b2svYQ==", "b2svYR==", "b2sv\x00YQ==", "bm8vYQ==x") // no/a and ok/a
		flags = append(flags, pick(r, "b", "b", "b", ""))
	}
	switch r.IntN(6) {
	case 0:
		return line(r, "mn")
	case 1, 2:
		value := payload(r)
		b := line(r, append([]string{"ms", name, sized(r, value)}, flags...)...)
		return append(append(b, value...), lineEnd(r)...)
	}
	return line(r, append([]string{pick(r, "mg", "md", "ma", "mg", "me"), name}, flags...)...)
}

// binaryRequest makes a frame whose lengths mostly fit.
func binaryRequest(r *rand.Rand) []byte {
	opcode := byte(r.IntN(40))
	if r.IntN(10) == 0 {
		opcode = byte(r.IntN(256))
	}
	name, value := key(r), ""
	extras := 0
	switch opcode {
	case 1, 2, 3, 17, 18, 19:
		extras, value = 8, payload(r)
	case 14, 15, 25, 26:
		value = payload(r)
	case 5, 6, 21, 22:
		extras = 20
	case 8, 24, 27, 28, 29, 30, 35, 36:
		extras = 4
	case 7, 10, 11, 23, 32:
		name = ""
	case 33, 34:
		name, value = "PLAIN", "\x00user\x00password"
	}
	if r.IntN(10) == 0 {
		name = ""
	}
	if r.IntN(15) == 0 {
		extras = pick(r, 0, 4, 8, 20, 24, 255)
	}
	body := extras + len(name) + len(value)
	keyLength := len(name)
	if r.IntN(12) == 0 {
		body = pick(r, 0, body+1, body-1, body+24, 0x7fffffff, 0xffffffff, len(name))
	}
	if r.IntN(12) == 0 {
		keyLength = pick(r, 0, keyLength+1, keyLength-1, 250, 251, 0xffff)
	}
	b := []byte{pick(r, byte(0x80), 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x81, 'g'), opcode}
	b = binary.BigEndian.AppendUint16(b, uint16(keyLength))
	b = append(b, byte(extras), pick(r, byte(0), 0, 0, 0, 0, 0, 1))
	b = binary.BigEndian.AppendUint16(b, pick(r, uint16(0), 0, 0, 0, 1))
	b = binary.BigEndian.AppendUint32(b, uint32(body))
	b = binary.BigEndian.AppendUint32(b, r.Uint32())
	b = binary.BigEndian.AppendUint64(b, pick(r, uint64(0), 0, 0, 1, r.Uint64()))
	b = append(b, make([]byte, extras)...)
	return append(append(b, name...), value...)
}
