package monitor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// lookEvery is how often a file is looked at for new lines.
const lookEvery = 100 * time.Millisecond

// File reads the JSON lines of a file.
type File struct {
	Path string
	// Follow goes on with what is appended. When the file is renamed, deleted or replaced, it is read to its end, and then the
	// new one of the path.
	Follow bool
}

// Name implements [Source].
func (f File) Name() string { return f.Path }

// Run implements [Source].
func (f File) Run(ctx context.Context, into *Inlet) error {
	file, err := os.Open(f.Path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if !f.Follow {
		return copyLines(ctx, file, into)
	}
	l := lines{into: into}
	piece := make([]byte, 32<<10)
	for first := true; ; first = false {
		if err := f.readOn(file, &l, piece); err != nil || ctx.Err() != nil {
			return err
		}
		if first {
			into.Present()
		}
		next, err := f.moved(file)
		if err != nil {
			return err
		}
		if next != nil {
			// What was written between the last read and the move.
			if err := f.readOn(file, &l, piece); err != nil {
				return errors.Join(err, next.Close())
			}
			l.end()
			_ = file.Close()
			file = next
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(lookEvery):
		}
	}
}

// readOn reads what is in the file beyond what was read of it. A file that was cut is read from its beginning.
func (f File) readOn(file *os.File, l *lines, piece []byte) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	at, err := file.Seek(0, io.SeekCurrent)
	if err == nil && info.Mode().IsRegular() && info.Size() < at {
		l.end()
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("%s: cannot be followed: %w", f.Path, err)
	}
	for {
		n, err := file.Read(piece)
		if !l.write(piece[:n]) || errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// moved returns the file that the path leads to now, if it is another one.
func (f File) moved(file *os.File) (*os.File, error) {
	at, err := os.Stat(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	open, err := file.Stat()
	if err != nil || os.SameFile(at, open) {
		return nil, err
	}
	next, err := os.Open(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return next, err
}

// Stream reads JSON lines that something else has opened.
type Stream struct {
	Label string
	Open  func(ctx context.Context) (io.ReadCloser, error)
	// Live: what comes is new, and does not end by itself.
	Live bool
}

// Name implements [Source].
func (s Stream) Name() string { return s.Label }

// Run implements [Source].
func (s Stream) Run(ctx context.Context, into *Inlet) error {
	from, err := s.Open(ctx)
	if err != nil {
		return err
	}
	defer from.Close()
	stop := context.AfterFunc(ctx, func() { _ = from.Close() })
	defer stop()
	if s.Live {
		into.Present()
	}
	if err := copyLines(ctx, from, into); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}
