package cassandra

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/golang/snappy"
	"github.com/pierrec/lz4/v4"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// random is repeatable.
func random() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func TestChecksumsAreThoseOfTheSpecification(t *testing.T) {
	options := []byte{5, 0, 0, 1, 5, 0, 0, 0, 0}
	for _, c := range []struct {
		lz4  bool
		want []byte
	}{
		{false, []byte("\x09\x00\x02\xa4\xc8\xc1\x05\x00\x00\x01\x05\x00\x00\x00\x00\xb5\x55\x74\x86")},
		{true, []byte("\x09\x00\x00\x00\x04\xc2\xb8\x95\x05\x00\x00\x01\x05\x00\x00\x00\x00\xb5\x55\x74\x86")},
	} {
		if got := appendSegment(nil, options, c.lz4); !bytes.Equal(got, c.want) {
			t.Errorf("LZ4 %v: % x, want % x", c.lz4, got, c.want)
		}
		s, err := decodeSegment(c.want, c.lz4)
		if err != nil || !s.selfContained || s.compressed || s.total != len(c.want) {
			t.Errorf("LZ4 %v: %+v, %v", c.lz4, s, err)
		}
	}
	if sum := payloadSum(nil); sum != 0x44777ed3 {
		t.Errorf("checksum of nothing is %#x", sum)
	}
}

func TestCompressedDataThatIsNotExactIsRefused(t *testing.T) {
	var scratch []byte
	for name, body := range map[string]string{
		"no length": "\x00\x00\x01", "beyond the limit": "\x01\x00\x00\x01\x10x",
		"beyond what the data can be": "\x00\x10\x00\x00\x10x",
		"shorter than said":           "\x00\x00\x00\x02\x10x", "longer than said": "\x00\x00\x00\x01\x20xy",
		"nothing":                 "\x00\x00\x00\x01",
		"a match of offset 0":     "\x00\x00\x00\x0a\x12x\x00\x00\x30abc",
		"a match before the data": "\x00\x00\x00\x0a\x12x\x02\x00\x30abc",
		"bytes behind the block":  "\x00\x00\x00\x01\x10x\x10y", "much for length 0": "\x00\x00\x00\x00\x10x",
	} {
		if plain, err := compressionLZ4.inflate([]byte(body), &scratch); err == nil {
			t.Errorf("LZ4, %s: %q", name, plain)
		}
	}
	for name, body := range map[string]string{
		"no length": "", "length without end": "\xff\xff", "beyond the limit": "\x81\x80\x80\x08\x00x",
		"beyond what the data can be": "\x80\x80\x40\x00x", "shorter than said": "\x02\x00x",
		"longer than said":   "\x01\x04xy",
		"a copy of offset 0": "\x05\x00x\x01\x00", "a copy before the data": "\x05\x00x\x01\x02",
		"bytes behind the block": "\x01\x00x\x00y",
	} {
		if plain, err := compressionSnappy.inflate([]byte(body), &scratch); err == nil {
			t.Errorf("Snappy, %s: %q", name, plain)
		}
	}
	if plain, err := compressionLZ4.inflate([]byte("\x00\x00\x00\x00\x00"), &scratch); err != nil || len(plain) != 0 {
		t.Errorf("the empty body: %q, %v", plain, err)
	}
	if _, err := compressionNone.inflate(nil, &scratch); err == nil {
		t.Error("no compression inflates")
	}
}

func FuzzInflate(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x0a\x12x\x01\x00\x30abc"), true)
	f.Add([]byte("\x05\x00x\x01\x01"), false)
	f.Fuzz(func(t *testing.T, body []byte, lz4 bool) {
		c := compressionSnappy
		if lz4 {
			c = compressionLZ4
		}
		var scratch []byte
		plain, err := c.inflate(body, &scratch)
		limit := maxRatioLZ4 * len(body)
		if len(plain) > limit || cap(scratch) > 2*limit+64 || err != nil && plain != nil {
			t.Errorf("%d bytes, room %d of %d, %v", len(plain), cap(scratch), len(body), err)
		}
		requireBeginnings(t, c, body, plain, err)
	})
}

// requireBeginnings requires that of each beginning of a body the beginning of what is in it is inflated, and of a
// damaged body no more than there is room.
func requireBeginnings(t *testing.T, c compression, body, plain []byte, damaged error) {
	for _, limit := range []int{0, 1, 7, 64, 1 << 16} {
		for n := len(body); n >= 0; n -= 1 + len(body)/40 {
			got, err := c.inflatePrefix(body[:n], make([]byte, 0, limit))
			if len(got) > limit {
				t.Fatalf("%d of %d bytes give %d in the room of %d", n, len(body), len(got), limit)
			}
			if damaged == nil && (err != nil || !bytes.HasPrefix(plain, got)) {
				t.Fatalf("%d of %d bytes give %q, %v, which do not begin %q", n, len(body), got, err, plain)
			}
			if damaged == nil && n == len(body) && len(got) != min(limit, len(plain)) {
				t.Fatalf("all bytes give %d of %d in the room of %d", len(got), len(plain), limit)
			}
		}
	}
}

func TestTheBeginningOfCompressedDataIsInflated(t *testing.T) {
	r := random()
	for size := 1; size < 1<<17; size = size*3/2 + 1 {
		for _, letters := range []int{1, 2, 60, 256} {
			plain := make([]byte, size)
			for i := range plain {
				plain[i] = byte(r.IntN(letters))
				if i > 100 && i%100 > 30 {
					plain[i] = plain[i-r.IntN(2)-70]
				}
			}
			requireBeginnings(t, compressionSnappy, snappy.Encode(nil, plain), plain, nil)
			block := make([]byte, lz4.CompressBlockBound(size))
			n, err := lz4.CompressBlock(plain, block, nil)
			if err != nil {
				t.Fatal(err)
			}
			if n > 0 {
				body := append(binary.BigEndian.AppendUint32(nil, uint32(size)), block[:n]...)
				requireBeginnings(t, compressionLZ4, body, plain, nil)
			}
		}
	}
}

func FuzzSegment(f *testing.F) {
	f.Add(appendSegment(nil, []byte("payload"), false), false)
	f.Add(appendSegment(nil, []byte("payload"), true), true)
	f.Fuzz(func(t *testing.T, b []byte, lz4 bool) {
		if len(b) < segmentHeader(lz4) {
			return
		}
		s, err := decodeSegment(b, lz4)
		if err != nil || len(b) < s.total {
			return
		}
		var scratch []byte
		payload, err := s.payload(b[:s.total], &scratch)
		if err == nil && (len(payload) != s.length || s.length > MaxPayload) {
			t.Errorf("%+v: %d bytes", s, len(payload))
		}
		if err == nil && s.selfContained && !s.compressed && !bytes.Equal(appendSegment(nil, payload, lz4),
			b[:s.total]) {
			t.Errorf("%x is not built again", b)
		}
	})
}

// FuzzMessages reads bodies as every kind of message: nothing may be read past the end.
func FuzzMessages(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x01x\x00\x01\xff\x00\x01\x00\x00\x00\x01v"), uint8(5))
	f.Fuzz(func(t *testing.T, body []byte, version uint8) {
		_, _ = decodeStartup(body)
		in := wire.NewReader(body)
		in.Bytes32()
		var q params
		_, _ = q.read(&in, version, version%2 == 0)
		in = wire.NewReader(body)
		skipBytesMap(&in)
		skipStringList(&in)
		in.Nullable32()
		skipType(&in, maxNested)
		if !in.OK() && in.Len() > 0 {
			t.Error("bytes are left behind a read that failed")
		}
	})
}
