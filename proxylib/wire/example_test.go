package wire_test

import (
	"fmt"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

func ExampleReader() {
	// A message with a version (16 bits), a client id that may be null (16 bits and text), and topics: their number (32
	// bits) and their names (16 bits and text).
	message := []byte("\x00\x03\xff\xff\x00\x00\x00\x02\x00\x05users\x00\x06orders")
	r := wire.NewReader(message)
	version := r.Uint16()
	client := r.Nullable16()
	fmt.Println("version", version, "client", client)
	for n := r.Uint32(); n > 0 && r.OK(); n-- {
		fmt.Printf("%s\n", r.Bytes16())
	}
	fmt.Println(r.Err())

	// A message that ends early.
	r = wire.NewReader(message[:len(message)-1])
	r.Skip(8)
	r.Bytes16()
	fmt.Printf("%q, short %v\n", r.Bytes16(), r.Short())
	// Output:
	// version 3 client []
	// users
	// orders
	// <nil>
	// "", short true
}

func ExampleFraming_Next() {
	// Messages of postgres: a byte for the type, and a length of 32 bits that counts itself.
	framing := wire.Framing{HeaderLen: 5, Offset: 1, Size: 4, Included: 4, Max: 1 << 20}
	var scratch []byte
	for _, input := range []string{"Q\x00\x00", "Q\x00\x00\x00\x0dSELE", "Q\x00\x00\x00\x0dSELECT 1\x00", "Q\x00\x00\x00\x03"} {
		frame, need, err := framing.Next(proxylib.NewView([][]byte{[]byte(input)}), &scratch)
		switch {
		case err != nil:
			fmt.Println("ERROR:", err)
		case need > 0:
			fmt.Printf("MORE %d, body %d\n", need, frame.Body())
		default:
			fmt.Printf("%c: %d bytes\n", frame.Header[0], frame.Len)
		}
	}
	// Output:
	// MORE 2, body 0
	// MORE 5, body 9
	// Q: 14 bytes
	// ERROR: length of a message is smaller than that of its header
}

func ExampleLines() {
	lines := wire.Lines{Max: 16}
	for _, input := range []string{"hello", "hello\r\nwor", "world, how are you?"} {
		n, need, err := lines.Next(proxylib.NewView([][]byte{[]byte(input)}))
		switch {
		case err != nil:
			fmt.Println("ERROR:", err)
		case need > 0:
			fmt.Println("MORE", need)
		default:
			text, crlf := wire.CutLineEnd([]byte(input[:n]))
			fmt.Printf("%s, CR LF %v\n", text, crlf)
		}
	}
	// Output:
	// MORE 1
	// hello, CR LF true
	// ERROR: line too long
}
