//go:build e2e

package faults

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestALogFileOnAFullDiskLosesEntriesAndSaysHowMany(t *testing.T) {
	s, cache := beforeMemcached(t, under("access_log", func(*Stage) any { return Settings{"file": "/dev/full"} }))
	load := s.StartLoad(clients)
	load.Goes(4 * rounds)
	load.Stop()
	s.Serves()
	cache.requireSets()
	s.Stop()
	want := s.Complete() * s.Dialect.Entries()
	if delivered, lost := s.Reported(); delivered != 0 || lost != want {
		t.Errorf("Envoy's log reports %d delivered and %d lost entries, want 0 and %d", delivered, lost, want)
	}
}

// A small file system fills up, and is given room again. Only root can make one.
func TestADiskThatHasRoomAgainGetsEntries(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("mounting a file system is for root")
	}
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=256k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Unmount(disk, syscall.MNT_DETACH) })
	path := filepath.Join(disk, "access.log")
	s, cache := beforeMemcached(t, under("access_log", func(*Stage) any { return Settings{"file": path} }))
	load := s.StartLoad(clients)
	load.Goes(4 * rounds)
	load.Stop()

	s.Eventually("the disk is full to the last byte", func() bool {
		var stat syscall.Statfs_t
		file, err := os.Stat(path)
		return err == nil && syscall.Statfs(disk, &stat) == nil && stat.Bfree == 0 && file.Size()%stat.Bsize == 0
	})
	before := s.FileEntries(path).lines()
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	s.Serves()
	s.Eventually("the disk that has room again gets entries and a count of lost ones", func() bool {
		now := s.FileEntries(path)
		return now.lines() >= 10*s.Dialect.Entries() && now.Lost > 0
	})
	cache.requireSets()
	s.Stop()
	delivered, lost := s.Reported()
	if written := before + s.FileEntries(path).lines(); delivered != written {
		t.Errorf("%d entries are in the file, Envoy's log reports %d", written, delivered)
	}
	if want := s.Complete() * s.Dialect.Entries(); delivered+lost != want {
		t.Errorf("Envoy's log reports %d delivered and %d lost entries, want %d in all", delivered, lost, want)
	}
}
