package filewatch

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/internal/logbook"
)

// The tests do little but wait.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "64"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// limit is how long a test waits for what must come. It comes in less than five seconds where the machine is not busy.
const limit = 15 * time.Second

// noInotify is what the system says when a user has as many instances as allowed.
func noInotify() (*notifier, error) { return nil, unix.EMFILE }

// watched is a watcher under test, and what it has read.
type watched struct {
	*testing.T
	*Watcher
	log   logbook.Book
	takes chan []File
}

// watch starts to watch, and returns what was read first.
func (w *watched) watch(config Config) []File {
	w.Helper()
	config.Kind, config.Log = "policy file", w.log.Logger()
	if config.MaxBytes == 0 {
		config.MaxBytes = 1 << 20
	}
	w.takes = make(chan []File, 100)
	w.Watcher = New(config)
	w.Cleanup(w.Close)
	files, err := w.Read()
	if err != nil {
		w.Fatal(err)
	}
	w.Start(func(files []File) { w.takes <- files })
	return files
}

// text is what files hold, one after the other.
func text(files []File) string {
	var all []string
	for _, f := range files {
		all = append(all, string(f.Text))
	}
	return strings.Join(all, "+")
}

// wait waits until the content is want, and returns all that was read until then.
func (w *watched) wait(want string) (seen []string) {
	w.Helper()
	timeout := time.After(limit)
	for {
		select {
		case files := <-w.takes:
			if seen = append(seen, text(files)); text(files) == want {
				return seen
			}
		case <-timeout:
			w.Fatalf("%q was not read within %s, only %q; fault %v", want, limit, seen, w.Fault().Err)
		}
	}
}

func (w *watched) eventually(what string, holds func() bool) {
	w.Helper()
	eventually.Holds(w, what, holds)
}

func (w *watched) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// write writes a file, and makes its folder.
func (w *watched) write(path, text string) {
	w.Helper()
	w.ok(os.MkdirAll(filepath.Dir(path), 0o700))
	w.ok(os.WriteFile(path, []byte(text), 0o600))
}

// old makes a file look as if it had been there for long.
func (w *watched) old(path string) {
	w.Helper()
	past := time.Now().Add(-time.Hour)
	w.ok(os.Chtimes(path, past, past))
}

// link makes a link, or makes it lead elsewhere.
func (w *watched) link(target, path string) {
	w.Helper()
	w.ok(os.Symlink(target, path+".tmp"))
	w.ok(os.Rename(path+".tmp", path))
}

// fileCase is a way to change a file from "old" to "new". prepare makes what is watched, and returns its path.
type fileCase struct {
	name    string
	prepare func(w *watched, dir string) (path string)
	change  func(w *watched, dir, path string)
}

// plain makes one file in folders.
func plain(w *watched, dir string) string {
	path := filepath.Join(dir, "a", "b", "policy.yaml")
	w.write(path, "old")
	w.old(path)
	return path
}

// versions makes two folders with a file each.
func versions(w *watched, dir string) {
	for version, text := range map[string]string{"v1": "old", "v2": "new"} {
		path := filepath.Join(dir, version, "policy.yaml")
		w.write(path, text)
		w.old(path)
	}
}

var fileCases = []fileCase{
	{"written in place", plain, func(w *watched, _, path string) { w.write(path, "new") }},
	{"replaced by rename", plain, func(w *watched, _, path string) {
		w.write(path+".tmp", "new")
		w.ok(os.Rename(path+".tmp", path))
	}},
	{"removed and written", plain, func(w *watched, _, path string) {
		w.ok(os.Remove(path))
		time.Sleep(2 * settle)
		w.write(path, "new")
	}},
	{"moved away and written", plain, func(w *watched, _, path string) {
		w.ok(os.Rename(path, path+"~"))
		w.write(path, "new")
	}},
	{"same size and time", plain, func(w *watched, _, path string) {
		w.write(path+".tmp", "new")
		w.old(path + ".tmp")
		w.ok(os.Rename(path+".tmp", path))
	}},
	{"folder removed and made again", plain, func(w *watched, dir, path string) {
		w.ok(os.RemoveAll(filepath.Join(dir, "a")))
		time.Sleep(2 * settle)
		w.write(path, "new")
	}},
	{"folder replaced by rename", plain, func(w *watched, dir, path string) {
		w.write(filepath.Join(dir, "c", "policy.yaml"), "new")
		w.ok(os.Rename(filepath.Join(dir, "a", "b"), filepath.Join(dir, "a", "gone")))
		w.ok(os.Rename(filepath.Join(dir, "c"), filepath.Join(dir, "a", "b")))
	}},
	{"parent of the folder replaced by rename", plain, func(w *watched, dir, path string) {
		w.write(filepath.Join(dir, "c", "b", "policy.yaml"), "new")
		w.ok(os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "gone")))
		w.ok(os.Rename(filepath.Join(dir, "c"), filepath.Join(dir, "a")))
	}},
	{"linked folder switched", func(w *watched, dir string) string {
		versions(w, dir)
		w.link("v1", filepath.Join(dir, "current"))
		return filepath.Join(dir, "current", "policy.yaml")
	}, func(w *watched, dir, path string) { w.link("v2", filepath.Join(dir, "current")) }},
	{"link inside of the folder switched", func(w *watched, dir string) string {
		versions(w, dir)
		w.link("v1", filepath.Join(dir, "..data"))
		w.link(filepath.Join("..data", "policy.yaml"), filepath.Join(dir, "policy.yaml"))
		return filepath.Join(dir, "policy.yaml")
	}, func(w *watched, dir, path string) { w.link("v2", filepath.Join(dir, "..data")) }},
	{"link removed and made again", func(w *watched, dir string) string {
		versions(w, dir)
		w.ok(os.Symlink("v1", filepath.Join(dir, "current")))
		return filepath.Join(dir, "current", "policy.yaml")
	}, func(w *watched, dir, path string) {
		w.ok(os.Remove(filepath.Join(dir, "current")))
		w.ok(os.Symlink("v2", filepath.Join(dir, "current")))
	}},
	{"target of a link edited in another folder", func(w *watched, dir string) string {
		versions(w, dir)
		w.ok(os.Mkdir(filepath.Join(dir, "links"), 0o700))
		path := filepath.Join(dir, "links", "policy.yaml")
		w.link(filepath.Join(dir, "v1", "policy.yaml"), path)
		return path
	}, func(w *watched, dir, path string) { w.write(filepath.Join(dir, "v1", "policy.yaml"), "new") }},
	{"target of a link replaced in another folder", func(w *watched, dir string) string {
		versions(w, dir)
		w.ok(os.Mkdir(filepath.Join(dir, "links"), 0o700))
		path := filepath.Join(dir, "links", "policy.yaml")
		w.link(filepath.Join("..", "v1", "policy.yaml"), path)
		return path
	}, func(w *watched, dir, path string) {
		w.ok(os.Rename(filepath.Join(dir, "v2", "policy.yaml"), filepath.Join(dir, "v1", "policy.yaml")))
	}},
	{"reached by the parent of a linked folder", func(w *watched, dir string) string {
		w.write(filepath.Join(dir, "a", "policy.yaml"), "old")
		w.old(filepath.Join(dir, "a", "policy.yaml"))
		w.ok(os.Mkdir(filepath.Join(dir, "a", "b"), 0o700))
		w.link(filepath.Join("a", "b"), filepath.Join(dir, "link"))
		return dir + "/link/../policy.yaml"
	}, func(w *watched, dir, _ string) {
		w.write(filepath.Join(dir, "next"), "new")
		w.ok(os.Rename(filepath.Join(dir, "next"), filepath.Join(dir, "a", "policy.yaml")))
	}},
	{"edited under another name", func(w *watched, dir string) string {
		path := plain(w, dir)
		w.ok(os.Mkdir(filepath.Join(dir, "elsewhere"), 0o700))
		w.ok(os.Link(path, filepath.Join(dir, "elsewhere", "other")))
		return path
	}, func(w *watched, dir, _ string) { w.write(filepath.Join(dir, "elsewhere", "other"), "new") }},
}

func TestAChangeOfAFileIsSeenHoweverItIsMade(t *testing.T) {
	t.Parallel()
	for _, c := range fileCases {
		for mode, open := range map[string]func() (*notifier, error){"inotify": nil, "looking": noInotify} {
			t.Run(c.name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				w, dir := &watched{T: t}, t.TempDir()
				path := c.prepare(w, dir)
				if got := text(w.watch(Config{Path: path, open: open})); got != "old" {
					t.Fatalf("first read %q", got)
				}
				w.rest(open)
				c.change(w, dir, path)
				w.wait("new")
				if fault := w.Fault().Err; fault != nil {
					t.Errorf("fault %v", fault)
				}
			})
		}
	}
}

// rest lets a watcher without inotify look once, and find no change.
func (w *watched) rest(open func() (*notifier, error)) {
	if open != nil {
		time.Sleep(period + settle)
	}
}

func TestEveryChangeOfAFileIsReported(t *testing.T) {
	t.Parallel()
	for _, c := range fileCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, dir := &watched{T: t}, t.TempDir()
			path := c.prepare(w, dir)
			w.Watcher = New(Config{Path: path, MaxBytes: 10, Log: logrus.New()})
			defer w.Close()
			_, err := w.Read()
			w.ok(err)
			reported := make(chan bool, 1)
			go func() { reported <- w.pause(time.Hour) }()
			c.change(w, dir, path)
			select {
			case <-reported:
			case <-time.After(limit):
				t.Error("nothing is reported")
			}
		})
	}
}

// A file that is mounted by itself has a folder of which no event ever speaks of what its other name does. Where the
// test may not mount, the case "edited under another name" stands for it.
func TestAFileThatIsMountedByItselfIsSeenWhenEdited(t *testing.T) {
	t.Parallel()
	w, dir := &watched{T: t}, t.TempDir()
	source, mounted := plain(w, dir), filepath.Join(dir, "mounted")
	w.write(mounted, "")
	if err := unix.Mount(source, mounted, "", unix.MS_BIND, ""); err != nil {
		t.Logf("not mounted, edited under its own name: %v", err)
		mounted = source
	} else {
		t.Cleanup(func() { w.ok(unix.Unmount(mounted, unix.MNT_DETACH)) })
	}
	w.seenByEvents(Config{Path: mounted}, func() { w.write(source, "new") }, "new")
}

func TestWhatARenameOrACloseFinishesIsReadAtOnce(t *testing.T) {
	t.Parallel()
	for _, c := range fileCases[:2] {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, dir := &watched{T: t}, t.TempDir()
			path := c.prepare(w, dir)
			w.seenByEvents(Config{Path: path}, func() { c.change(w, dir, path) }, "new")
		})
	}
}

// seenByEvents requires that a change is read because of what the system reports of it, and not because time passes.
func (w *watched) seenByEvents(config Config, change func(), want string) {
	w.Helper()
	config.MaxBytes, config.Log = 1<<20, logrus.New()
	w.Watcher = New(config)
	defer w.Close()
	_, err := w.Read()
	w.ok(err)
	change()
	for {
		begin := time.Now()
		w.pause(limit)
		if time.Since(begin) >= limit {
			w.Fatal("what was reported was not enough to read it")
		}
		if files, changed, _ := w.look(); changed {
			if text(files) != want {
				w.Errorf("read %q, want %q", text(files), want)
			}
			return
		}
	}
}

// slowly writes a file in pieces, with pauses.
func (w *watched) slowly(path string, pause time.Duration, pieces ...string) (done func()) {
	file, err := os.Create(path)
	w.ok(err)
	for _, piece := range pieces {
		_, err := file.WriteString(piece)
		w.ok(err)
		time.Sleep(pause)
	}
	return func() { w.ok(file.Close()) }
}

func TestAFileIsReadWhenItsWriterIsDone(t *testing.T) {
	t.Parallel()
	for mode, open := range map[string]func() (*notifier, error){"inotify": nil, "looking": noInotify} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w, dir := &watched{T: t}, t.TempDir()
			path := plain(w, dir)
			w.watch(Config{Path: path, open: open})
			w.slowly(path, quiet/5, strings.Split("1234567890abcde", "")...)()
			if seen := w.wait("1234567890abcde"); len(seen) != 1 {
				t.Errorf("read half-written: %q", seen)
			}
		})
	}
}

func TestAFileThatItsWriterKeepsOpenIsReadAfterASecond(t *testing.T) {
	t.Parallel()
	w, dir := &watched{T: t}, t.TempDir()
	path := plain(w, dir)
	w.watch(Config{Path: path})
	defer w.slowly(path, 0, "new")()
	if seen := w.wait("new"); len(seen) != 1 {
		t.Errorf("read %q", seen)
	}
}

func TestTheFirstReadWaitsForTheWriter(t *testing.T) {
	t.Parallel()
	w, dir := &watched{T: t}, t.TempDir()
	path := plain(w, dir)
	file, err := os.Create(path)
	w.ok(err)
	go func() {
		defer file.Close()
		for _, piece := range []string{"1", "2", "3", "4", "5"} {
			file.WriteString(piece)
			time.Sleep(quiet / 3)
		}
	}()
	w.eventually("the writer has begun", func() bool { return stateOf(path).info.Size() > 0 })
	if got := text(w.watch(Config{Path: path})); got != "12345" {
		t.Errorf("read half-written: %q", got)
	}
}

func TestTheFirstReadDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	w, dir := &watched{T: t}, t.TempDir()
	path := plain(w, dir)
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	w.ok(err)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		defer file.Close()
		for {
			select {
			case <-stop:
				return
			case <-time.After(quiet / 4):
				file.WriteString("x")
			}
		}
	}()
	w.eventually("the writer has begun", func() bool { return stateOf(path).info.Size() > 3 })
	w.Watcher = New(Config{Path: path, MaxBytes: 1000, Kind: "policy file", Log: w.log.Logger()})
	defer w.Close()
	if _, err := w.Read(); !errors.Is(err, errBusy) {
		t.Errorf("got %v, want %v", err, errBusy)
	}
	close(stop)
	<-stopped
}

func TestAnOldFileIsReadAtOnce(t *testing.T) {
	t.Parallel()
	w, dir := &watched{T: t}, t.TempDir()
	w.Watcher = New(Config{Path: plain(w, dir), MaxBytes: 10, Log: logrus.New()})
	defer w.Close()
	if files, changed, wait := w.look(); !changed || text(files) != "old" {
		t.Errorf("read %q at the first look, %v until the next", text(files), wait)
	}
}

func TestARelativePathIsFollowed(t *testing.T) {
	w, dir := &watched{T: t}, t.TempDir()
	t.Chdir(dir)
	w.pair("v1", "1", "1")
	w.pair("v2", "2", "2")
	w.link("v1", "current")
	w.seenByEvents(Config{Path: "current", Select: yaml}, func() { w.link("v2", "current") }, "2+2")
}

func TestAFileThatNeverStaysUnchangedIsReported(t *testing.T) {
	w, dir := &watched{T: t}, t.TempDir()
	w.Watcher = New(Config{Path: plain(w, dir), MaxBytes: 10, Kind: "policy file", Log: w.log.Logger()})
	defer w.Close()
	if _, err := w.Read(); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, c := range []struct {
		after time.Duration
		want  error
	}{{0, nil}, {patience, nil}, {patience + 1, errBusy}, {2 * patience, errBusy}} {
		w.Watcher.wait(now.Add(c.after))
		if fault := w.Fault().Err; !errors.Is(fault, c.want) {
			t.Errorf("after %s: %v, want %v", c.after, fault, c.want)
		}
	}
	if log := w.log.String(); strings.Count(log, "without a pause") != 1 {
		t.Errorf("log:\n%s", log)
	}
}

func TestWhatChangesWhileItIsReadIsReadAgain(t *testing.T) {
	t.Parallel()
	w, dir := &watched{T: t}, t.TempDir()
	path := filepath.Join(dir, "a.yaml")
	w.write(path, "old")
	w.old(path)
	looks := 0
	selects := func(name string) bool {
		// The first look comes before the first read, the second after it.
		if looks++; looks == 2 {
			w.write(path, "longer")
			w.old(path)
		}
		return true
	}
	if got := text(w.watch(Config{Path: dir, Select: selects})); got != "longer" {
		t.Errorf("took %q, which had changed meanwhile", got)
	}
}

func TestWhatCannotBeReadIsReportedOnceAndSoIsItsReturn(t *testing.T) {
	t.Parallel()
	ways := map[string]func(w *watched, path string){
		"missing":   func(*watched, string) {},
		"a folder":  func(w *watched, path string) { w.ok(os.Mkdir(path, 0o700)) },
		"a pipe":    func(w *watched, path string) { w.ok(unix.Mkfifo(path, 0o600)) },
		"too large": func(w *watched, path string) { w.write(path, strings.Repeat("x", 101)) },
	}
	for name, replace := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, dir := &watched{T: t}, t.TempDir()
			path := plain(w, dir)
			w.watch(Config{Path: path, MaxBytes: 100})
			w.ok(os.Remove(path))
			replace(w, path)
			w.eventually("the fault", func() bool { return w.Fault().Err != nil })
			// Further looks find the same.
			time.Sleep(period + settle)
			if fault := w.Fault(); !strings.HasPrefix(fault.Err.Error(), "policy file "+path+": ") || fault.Since.IsZero() {
				t.Errorf("fault %+v", fault)
			}
			w.ok(os.RemoveAll(path))
			w.write(path, "back")
			w.wait("back")
			if fault := w.Fault(); fault != (Fault{}) {
				t.Errorf("after its return: %+v", fault)
			}
			log := w.log.String()
			for _, line := range []string{"cannot be read", "can be read again"} {
				if n := strings.Count(log, line); n != 1 {
					t.Errorf("%d times %q in the log:\n%s", n, line, log)
				}
			}
		})
	}
}

func TestWhatIsNotThereAtFirstIsAnError(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "none"):             "no such file",
		filepath.Join(dir, "none", "none"):     "no such file",
		dir:                                    "not a regular file",
		filepath.Join(dir, "long", "too.yaml"): "no such file",
	} {
		w := New(Config{Path: path, MaxBytes: 10, Kind: "policy file", Log: logrus.New()})
		if _, err := w.Read(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
		w.Close()
	}
}

func TestWithoutInotifyItIsSaidAndChangesAreSeen(t *testing.T) {
	t.Parallel()
	w, dir := &watched{T: t}, t.TempDir()
	path := plain(w, dir)
	w.watch(Config{Path: path, open: noInotify})
	if log := w.log.String(); strings.Count(log, "level=warning") != 1 || !strings.Contains(log, "looking for them every 2s") {
		t.Errorf("log:\n%s", log)
	}
	w.write(path, "new")
	w.wait("new")
}

func TestClosingDoesNotWaitForAFileSystemThatHangs(t *testing.T) {
	t.Parallel()
	w, dir := &watched{T: t}, t.TempDir()
	w.pair(dir, "1", "1")
	hangs, release := make(chan struct{}), make(chan struct{})
	// Three files, and two looks before the watcher is started.
	var looks atomic.Int32
	w.Watcher = New(Config{Path: dir, MaxBytes: 10, Kind: "policy directory", Log: w.log.Logger(), Select: func(name string) bool {
		if looks.Add(1) == 7 {
			close(hangs)
			<-release
		}
		return yaml(name)
	}})
	_, err := w.Read()
	w.ok(err)
	w.Start(func([]File) {})
	<-hangs
	begin := time.Now()
	w.Close()
	if spent := time.Since(begin); spent > closeTime+limit {
		t.Errorf("closing took %s", spent)
	}
	if !strings.Contains(w.log.String(), "the file system has not replied") {
		t.Errorf("log:\n%s", w.log.String())
	}
	close(release)
	<-w.done
}

func TestOthersThatWriteToTheFolderDisturbNothing(t *testing.T) {
	t.Parallel()
	w, dir := &watched{T: t}, t.TempDir()
	path := plain(w, dir)
	w.watch(Config{Path: path})
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		other := filepath.Join(filepath.Dir(path), "access.log")
		for {
			select {
			case <-stop:
				return
			case <-time.After(settle / 10):
				os.WriteFile(other, []byte("x"), 0o600)
				os.Remove(other)
			}
		}
	}()
	w.write(path, "new")
	if seen := w.wait("new"); len(seen) != 1 {
		t.Errorf("read %q", seen)
	}
	close(stop)
	<-stopped
	if len(w.takes) > 0 {
		t.Errorf("read again without a change: %q", text(<-w.takes))
	}
}

// yaml selects files of a directory.
func yaml(name string) bool { return filepath.Ext(name) == ".yaml" && !strings.HasPrefix(name, ".") }

// pair makes a folder with two files.
func (w *watched) pair(dir, a, b string) {
	w.Helper()
	for name, text := range map[string]string{"a.yaml": a, "b.yaml": b, "c.txt": "no"} {
		w.write(filepath.Join(dir, name), text)
		w.old(filepath.Join(dir, name))
	}
}

func TestAChangeOfADirectoryIsSeenHoweverItIsMade(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		prepare func(w *watched, dir string)
		change  func(w *watched, dir string)
		want    string
	}{
		{"a file written", nil, func(w *watched, dir string) { w.write(filepath.Join(dir, "current", "b.yaml"), "2") }, "1+2"},
		{"a file added", nil, func(w *watched, dir string) { w.write(filepath.Join(dir, "current", "d.yaml"), "2") }, "1+1+2"},
		{"a file removed", nil, func(w *watched, dir string) { w.ok(os.Remove(filepath.Join(dir, "current", "b.yaml"))) }, "1"},
		{"a file renamed", nil, func(w *watched, dir string) {
			w.ok(os.Rename(filepath.Join(dir, "current", "b.yaml"), filepath.Join(dir, "current", "b.off")))
		}, "1"},
		{"the directory removed and made again", nil, func(w *watched, dir string) {
			w.ok(os.RemoveAll(filepath.Join(dir, "current")))
			time.Sleep(2 * settle)
			w.pair(filepath.Join(dir, "current"), "2", "2")
		}, "2+2"},
		{"the directory replaced by rename", nil, func(w *watched, dir string) {
			w.pair(filepath.Join(dir, "next"), "2", "2")
			w.ok(os.Rename(filepath.Join(dir, "current"), filepath.Join(dir, "last")))
			w.ok(os.Rename(filepath.Join(dir, "next"), filepath.Join(dir, "current")))
		}, "2+2"},
		{"the linked directory switched", func(w *watched, dir string) {
			w.pair(filepath.Join(dir, "v1"), "1", "1")
			w.pair(filepath.Join(dir, "v2"), "2", "2")
			w.link("v1", filepath.Join(dir, "current"))
		}, func(w *watched, dir string) { w.link("v2", filepath.Join(dir, "current")) }, "2+2"},
		{"linked files switched together", func(w *watched, dir string) {
			w.pair(filepath.Join(dir, "current", "..1"), "1", "1")
			w.pair(filepath.Join(dir, "current", "..2"), "2", "2")
			w.link("..1", filepath.Join(dir, "current", "..data"))
			for _, name := range []string{"a.yaml", "b.yaml"} {
				w.link(filepath.Join("..data", name), filepath.Join(dir, "current", name))
			}
		}, func(w *watched, dir string) { w.link("..2", filepath.Join(dir, "current", "..data")) }, "2+2"},
		{"the target of a linked file edited in another folder", func(w *watched, dir string) {
			w.pair(filepath.Join(dir, "current"), "1", "1")
			w.ok(os.Rename(filepath.Join(dir, "current", "b.yaml"), filepath.Join(dir, "b")))
			w.link(filepath.Join("..", "b"), filepath.Join(dir, "current", "b.yaml"))
		}, func(w *watched, dir string) { w.write(filepath.Join(dir, "b"), "2") }, "1+2"},
	}
	for _, c := range cases {
		for mode, open := range map[string]func() (*notifier, error){"inotify": nil, "looking": noInotify} {
			t.Run(c.name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				w, dir := &watched{T: t}, t.TempDir()
				if c.prepare == nil {
					w.pair(filepath.Join(dir, "current"), "1", "1")
				} else {
					c.prepare(w, dir)
				}
				if got := text(w.watch(Config{Path: filepath.Join(dir, "current"), Select: yaml, open: open})); got != "1+1" {
					t.Fatalf("first read %q", got)
				}
				w.rest(open)
				c.change(w, dir)
				if seen := w.wait(c.want); len(seen) != 1 {
					t.Errorf("read half of the change: %q", seen)
				}
			})
		}
	}
}

func TestFilesOfADirectoryThatDoNotCountAreNoChange(t *testing.T) {
	t.Parallel()
	w, dir := &watched{T: t}, t.TempDir()
	w.pair(dir, "1", "1")
	files := w.watch(Config{Path: dir, Select: yaml})
	names := []string{filepath.Join(dir, "a.yaml"), filepath.Join(dir, "b.yaml")}
	if !slices.EqualFunc(files, names, func(f File, name string) bool { return f.Path == name }) {
		t.Errorf("read %v", files)
	}
	w.write(filepath.Join(dir, "c.txt"), "2")
	w.write(filepath.Join(dir, ".d.yaml"), "2")
	w.write(filepath.Join(dir, "b.yaml"), "2")
	if seen := w.wait("1+2"); len(seen) != 1 {
		t.Errorf("read %q", seen)
	}
}

func TestADirectoryIsReadAsAWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	w, dir := &watched{T: t}, t.TempDir()
	w.pair(dir, "1", "1")
	w.watch(Config{Path: dir, Select: yaml, MaxBytes: 5})
	w.link("nowhere", filepath.Join(dir, "broken.yaml"))
	w.write(filepath.Join(dir, "a.yaml"), "2")
	w.eventually("the fault", func() bool { return w.Fault().Err != nil })
	if fault := w.Fault().Err.Error(); !strings.Contains(fault, "broken.yaml: no such file") {
		t.Errorf("fault %s", fault)
	}
	w.ok(os.Remove(filepath.Join(dir, "broken.yaml")))
	w.wait("2+1")
	w.write(filepath.Join(dir, "d.yaml"), "2345")
	w.eventually("the fault", func() bool { return w.Fault().Err != nil })
	if fault := w.Fault().Err.Error(); !strings.Contains(fault, "the files together are larger than 5 bytes") {
		t.Errorf("fault %s", fault)
	}
	if len(w.takes) > 0 {
		t.Errorf("took %q", text(<-w.takes))
	}
}

// A folder that holds a slow writer's file and others that are done must not bring half of it.
func TestADirectoryWaitsForEveryWriter(t *testing.T) {
	t.Parallel()
	w, dir := &watched{T: t}, t.TempDir()
	w.pair(dir, "1", "1")
	w.watch(Config{Path: dir, Select: yaml})
	file, err := os.Create(filepath.Join(dir, "a.yaml"))
	w.ok(err)
	for range 5 {
		_, err := file.WriteString("2")
		w.ok(err)
		w.write(filepath.Join(dir, ".tmp"), "2")
		w.ok(os.Rename(filepath.Join(dir, ".tmp"), filepath.Join(dir, "b.yaml")))
		time.Sleep(quiet / 3)
	}
	w.ok(file.Close())
	if seen := w.wait("22222+2"); len(seen) != 1 {
		t.Errorf("read half-written: %q", seen)
	}
}
