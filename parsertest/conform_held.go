package parsertest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/proxylib/proxylib/datapath"
)

const (
	// floodBytes is what a flood has at most, more than is held by default.
	floodBytes = datapath.DefaultHeldBytes + datapath.DefaultHeldBytes/4
	floodPiece = 64 << 10
	// maxFloods is the number of transcripts that a flood follows.
	maxFloods = 8
)

// heldBytesAreBounded floods the parser from either side, at the start and inside of the transcripts, in a host that holds
// as much as hosts do by default.
func (k *conformance) heldBytesAreBounded() error {
	scripts := []*script{k.scripts[0].with()}
	for i := range min(len(k.scripts), maxFloods) {
		scripts = append(scripts, k.scripts[i*len(k.scripts)/min(len(k.scripts), maxFloods)])
	}
	for _, s := range scripts {
		for _, reply := range []bool{false, true} {
			for _, unit := range []string{"a", "\x00", "\xff", "1"} {
				if err := s.flood(reply, unit); err != nil {
					return fmt.Errorf("%w, in a flood of %q from the %s after %s", err, unit, side(reply), inOneLine(s.steps))
				}
			}
		}
	}
	return nil
}

// flood plays the transcript up to the middle of the last step of a side, and then sends one text without end.
func (s *script) flood(reply bool, unit string) error {
	flooded := *s
	flooded.heldLimit = datapath.DefaultHeldBytes
	c, err := theEngine.connect(&flooded)
	if err != nil {
		return err
	}
	defer c.close()
	turns := s.turns(false)
	last := len(turns) - 1
	for last >= 0 && turns[last].reply != reply {
		last--
	}
	for _, t := range turns[:max(0, last)] {
		if t.resumes != nil {
			continue
		}
		if t.snapshot != nil {
			c.store.Replace(t.snapshot)
			continue
		}
		c.write(t.reply, t.end, pieces(t.data))
	}
	if last >= 0 {
		c.write(reply, false, pieces(turns[last].data[:len(turns[last].data)/2]))
	}
	piece := bytes.Repeat([]byte(unit), floodPiece/len(unit))
	for sent := 0; sent < floodBytes && !c.waits() && c.witness.excess == ""; sent += len(piece) {
		if _, _, closed := c.result(); closed != "" {
			break
		}
		c.data(reply, false, [][]byte{piece})
	}
	if c.witness.excess != "" {
		return fmt.Errorf("the parser asks for %s", strings.TrimSpace(c.witness.excess))
	}
	return nil
}
