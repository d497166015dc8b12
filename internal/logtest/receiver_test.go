package logtest

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/accesslog"
)

const soon = 3 * time.Second

func listen(t *testing.T) (receiver *Receiver, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "log")
	receiver, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { receiver.Close() })
	return receiver, path
}

func TestAReceiverCountsWhatIsNotAnEntry(t *testing.T) {
	receiver, path := listen(t)
	conn, err := net.Dial("unixpacket", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	tooLong := accesslog.Entry{}.Append(nil)
	for len(tooLong) <= accesslog.MaxEntry {
		tooLong = append(tooLong, accesslog.Entry{Time: 1}.Append(nil)...)
	}
	for _, packet := range [][]byte{[]byte("\xff\xff"), tooLong, accesslog.Entry{Time: 7}.Append(nil)} {
		if _, err := conn.Write(packet); err != nil {
			t.Fatal(err)
		}
	}
	e, err := receiver.Next(soon)
	if err != nil || e.Timestamp != 7 {
		t.Errorf("got %v, %v", e, err)
	}
	if n := receiver.Discarded(); n != 2 {
		t.Errorf("%d packets were discarded, want 2", n)
	}
	if _, err := receiver.Next(time.Millisecond); err != ErrTimeout {
		t.Errorf("got %v", err)
	}
}

func TestASocketIsForItsUserAloneAndTakenOnce(t *testing.T) {
	_, path := listen(t)
	_, err := Listen(path)
	if err == nil || !strings.HasPrefix(err.Error(), "access log receiver: ") ||
		!strings.Contains(err.Error(), "address already in use; if nothing listens there, remove the file") {
		t.Errorf("got %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info, err)
	}
}

func TestAClosedReceiverIsGone(t *testing.T) {
	receiver, path := listen(t)
	for range 2 {
		if err := receiver.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := receiver.Next(soon); err != net.ErrClosed {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}
