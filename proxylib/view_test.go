package proxylib_test

import (
	"bytes"
	"errors"
	"io"

	"gopkg.in/check.v1"

	. "github.com/proxylib/proxylib/proxylib"
)

type ViewSuite struct{}

var _ = check.Suite(&ViewSuite{})

// scatterings lists every way to cut text into up to three pieces.
func scatterings(text string) [][][]byte {
	var all [][][]byte
	for i := 0; i <= len(text); i++ {
		for j := i; j <= len(text); j++ {
			var parts [][]byte
			for _, p := range []string{text[:i], text[i:j], text[j:]} {
				if p != "" {
					parts = append(parts, []byte(p))
				}
			}
			all = append(all, parts)
		}
	}
	return all
}

func (s *ViewSuite) TestAViewIsLikeTheJoinedBytes(c *check.C) {
	text := "ab\r\nb\r\r\nc"
	for _, parts := range scatterings(text) {
		v := NewView(parts)
		c.Assert(v.Len(), check.Equals, len(text))
		for i := range text {
			c.Assert(v.At(i), check.Equals, text[i])
			for _, seq := range []string{"\r\n", "b\r\n", "\r\r", "c", "cd", "zz", ""} {
				want := bytes.Index([]byte(text[i:]), []byte(seq))
				if want >= 0 {
					want += i
				}
				c.Assert(v.Index([]byte(seq), i), check.Equals, want)
			}
			for j := i; j <= len(text); j++ {
				var scratch []byte
				c.Assert(string(v.Bytes(i, j, &scratch)), check.Equals, text[i:j])
				c.Assert(string(v.Append([]byte("x"), i, j)), check.Equals, "x"+text[i:j])
				c.Assert(string(v.Peek(make([]byte, j-i), i)), check.Equals, text[i:j])
			}
		}
		c.Assert(string(v.Peek(make([]byte, len(text)), 2)), check.Equals, text[2:])
		c.Assert(v.HasPrefix([]byte("ab\r")), check.Equals, true)
		c.Assert(v.HasPrefix([]byte("abb")), check.Equals, false)
		c.Assert(v.HasPrefix([]byte(text+"d")), check.Equals, false)
	}
}

func (s *ViewSuite) TestAPartOfOneChunkIsNotCopied(c *check.C) {
	part := []byte("abcdef")
	var scratch []byte
	got := NewView([][]byte{[]byte("x"), part}).Bytes(2, 5, &scratch)
	c.Check(&got[0], check.Equals, &part[1])
	c.Check(scratch, check.IsNil)
	c.Check(cap(got), check.Equals, 3, check.Commentf("appending must not reach the host's bytes"))
}

func (s *ViewSuite) TestAnOffsetOutsidePanics(c *check.C) {
	v := NewView(chunks("ab"))
	var scratch []byte
	for _, f := range []func(){
		func() { v.At(2) }, func() { v.At(-1) }, func() { v.IndexByte('a', 3) },
		func() { v.Bytes(1, 3, &scratch) }, func() { v.Bytes(2, 1, &scratch) },
	} {
		c.Check(f, check.PanicMatches, ".*(outside of the view|out of range).*")
	}
}

func (s *ViewSuite) TestAReaderReadsFromTheFirstByteOfEachCall(c *check.C) {
	var r Reader
	r.Reset(chunks("ab", "cdef"), true)
	c.Check(r.Length(), check.Equals, 6)
	c.Check(r.EndStream(), check.Equals, true)
	p := make([]byte, 3)
	n, err := r.PeekFull(p)
	c.Check(string(p[:n]), check.Equals, "abc")
	c.Check(err, check.IsNil)
	r.AdvanceInput(1)
	got, err := io.ReadAll(&r)
	c.Check(string(got), check.Equals, "bcdef")
	c.Check(err, check.IsNil)
	r.Reset(chunks("xy"), false)
	n, err = r.PeekFull(p)
	c.Check(n, check.Equals, 2)
	c.Check(errors.Is(err, io.EOF), check.Equals, true)
}
