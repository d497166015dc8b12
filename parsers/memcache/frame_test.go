package memcache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
)

// encode makes a frame of a request.
func encode(op byte, extras, key, value string) []byte {
	b := appendHeader(nil, requestMagic, op, 0, uint32(len(extras)+len(key)+len(value)), 7)
	binary.BigEndian.PutUint16(b[2:], uint16(len(key)))
	b[4] = byte(len(extras))
	return append(b, extras+key+value...)
}

func decodeFrame(b []byte) (frame, error) {
	var f frame
	message, _, err := frames.Next(proxylib.NewView([][]byte{b}), new([]byte))
	if err := f.decodeHeader(message, err); err != nil {
		return f, err
	}
	f.decodeBody(b[:f.header.front()])
	return f, nil
}

const (
	e4  = "\x00\x00\x00\x3c"
	e8  = "\x00\x00\x00\x00" + e4
	e20 = "\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00" + e4
)

func TestEveryOperationOfTheTableIsReadAsItIs(t *testing.T) {
	for _, c := range []struct {
		op                 byte
		extras, key, value string
		operations         operations
		quiet              bool
		time               int64
	}{
		{0x00, "", "k", "", opGet, false, -1},
		{0x01, e8, "k", "v", opSet, false, 60},
		{0x02, e8, "k", "", opAdd, false, 60},
		{0x03, e8, "k", "v", opReplace, false, 60},
		{0x04, "", "k", "", opDelete, false, -1},
		{0x05, e20, "k", "", opIncr, false, 60},
		{0x06, e20, "k", "", opDecr, false, 60},
		{0x07, "", "", "", opQuit, false, -1},
		{0x08, "", "", "", opFlush, false, -1},
		{0x08, e4, "", "", opFlush, false, -1},
		{0x09, "", "k", "", opGet, true, -1},
		{0x0a, "", "", "", opNoop, false, -1},
		{0x0b, "", "", "", opVersion, false, -1},
		{0x0c, "", "k", "", opGet, false, -1},
		{0x0d, "", "k", "", opGet, true, -1},
		{0x0e, "", "k", "v", opAppend, false, -1},
		{0x0f, "", "k", "v", opPrepend, false, -1},
		{0x10, "", "", "", opStats, false, -1},
		{0x10, "", "reset", "", opStats, false, -1},
		{0x11, e8, "k", "v", opSet, true, 60},
		{0x12, e8, "k", "v", opAdd, true, 60},
		{0x13, e8, "k", "v", opReplace, true, 60},
		{0x14, "", "k", "", opDelete, true, -1},
		{0x15, e20, "k", "", opIncr, true, 60},
		{0x16, e20, "k", "", opDecr, true, 60},
		{0x17, "", "", "", opQuit, true, -1},
		{0x18, e4, "", "", opFlush, true, -1},
		{0x19, "", "k", "v", opAppend, true, -1},
		{0x1a, "", "k", "v", opPrepend, true, -1},
		{0x1c, e4, "k", "", opTouch, false, 60},
		{0x1d, e4, "k", "", opGat, false, 60},
		{0x1e, e4, "k", "", opGat, true, 60},
		{0x20, "", "", "", opSaslList, false, -1},
		{0x21, "", "PLAIN", "\x00u\x00p", opSaslAuth, false, -1},
		{0x22, "", "PLAIN", "", opSaslStep, false, -1},
		{0x23, e4, "k", "", opGat, false, 60},
		{0x24, e4, "k", "", opGat, true, 60},
	} {
		f, err := decodeFrame(encode(c.op, c.extras, c.key, c.value))
		if err != nil {
			t.Errorf("%#x: %v", c.op, err)
			continue
		}
		time := int64(-1)
		if f.nTimes > 0 {
			time = f.times[0]
		}
		size := noValue
		if f.layout.value && f.operations != opSaslAuth && f.operations != opSaslStep {
			size = len(c.value)
		}
		if f.operations != c.operations || f.layout.quiet != c.quiet || string(f.key) != c.key || time != c.time || f.bytes != size ||
			f.header.opaque != 7 {
			t.Errorf("%#x: operations %b quiet %v key %q time %d bytes %d", c.op, f.operations, f.layout.quiet, f.key, time, f.bytes)
		}
	}
}

func TestAnIncrementThatCreatesNothingSetsNoTime(t *testing.T) {
	extras := e20[:16] + "\xff\xff\xff\xff"
	if f, err := decodeFrame(encode(0x05, extras, "k", "")); err != nil || f.nTimes != 0 {
		t.Errorf("%d times, %v", f.nTimes, err)
	}
}

func TestFramesThatDoNotFitTheirOperationAreRefused(t *testing.T) {
	long := string(bytes.Repeat([]byte("k"), MaxKey+1))
	change := func(b []byte, at int, v ...byte) []byte { copy(b[at:], v); return b }
	for name, c := range map[string]struct {
		frame []byte
		want  error
	}{
		"a reply":                       {change(encode(0, "", "k", ""), 0, 0x81), errMagic},
		"the top bit alone":             {change(encode(0, "", "k", ""), 0, 0xff), errMagic},
		"verbosity":                     {encode(0x1b, e4, "", ""), errOpcode},
		"gap in the table":              {encode(0x1f, "", "", ""), errOpcode},
		"range get":                     {encode(0x30, "", "k", ""), errOpcode},
		"vbucket":                       {encode(0x3d, "", "", ""), errOpcode},
		"tap":                           {encode(0x40, "", "", ""), errOpcode},
		"last opcode":                   {encode(0xff, "", "", ""), errOpcode},
		"get without key":               {encode(0, "", "", ""), errShape},
		"get with extras":               {encode(0, e4, "k", ""), errShape},
		"get with value":                {encode(0, "", "k", "v"), errShape},
		"key too long":                  {encode(0, "", long, ""), errShape},
		"set without extras":            {encode(1, "", "k", "v"), errShape},
		"set with other extras":         {encode(1, e4, "k", "v"), errShape},
		"append with extras":            {encode(0x0e, e8, "k", "v"), errShape},
		"noop with key":                 {encode(0x0a, "", "k", ""), errShape},
		"noop with value":               {encode(0x0a, "", "", "v"), errShape},
		"flush with other extras":       {encode(0x08, e8, "", ""), errShape},
		"stat with value":               {encode(0x10, "", "k", "v"), errShape},
		"sasl auth without mechanism":   {encode(0x21, "", "", "v"), errShape},
		"incr without extras":           {encode(0x05, "", "k", ""), errShape},
		"touch without extras":          {encode(0x1c, "", "k", ""), errShape},
		"body shorter than its parts":   {change(encode(1, e8, "k", ""), 8, 0, 0, 0, 8), errBody},
		"body that would wrap around":   {change(encode(1, e8, "k", ""), 8, 0xff, 0xff, 0xff, 0xff), errBody},
		"body longer than servers take": {change(encode(1, e8, "k", ""), 8, 0x40, 0, 0, 1), errBody},
	} {
		if _, err := decodeFrame(c.frame); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := decodeFrame(change(encode(1, e8, "k", ""), 8, 0x40, 0, 0, 0)); err != nil {
		t.Errorf("the longest body: %v", err)
	}
}
