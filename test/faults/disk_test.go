//go:build e2e

package faults

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestALogFileOnAFullDiskLosesEntriesAndSaysHowMany(t *testing.T) {
	s, cache := beforeMemcached(t, under("access_log", func(*Setup) any { return Settings{"file": "/dev/full"} }))
	load := s.StartLoad(clients)
	load.Goes(4 * rounds)
	load.Stop()
	s.Serves()
	cache.requireSets()
	s.Stop()
	want := s.Complete() * s.Protocol.Entries()
	if delivered, lost := s.Reported(); delivered != 0 || lost != want {
		t.Errorf("Envoy's log reports %d delivered and %d lost entries, want 0 and %d", delivered, lost, want)
	}
}

// A small file system fills up and is emptied again. Only root can mount one.
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
	s, cache := beforeMemcached(t, under("access_log", func(*Setup) any { return Settings{"file": path} }))
	load := s.StartLoad(clients)
	load.Goes(4 * rounds)
	load.Stop()

	s.Eventually("the disk is full to the last byte", func() bool {
		var stat syscall.Statfs_t
		file, err := os.Stat(path)
		return err == nil && syscall.Statfs(disk, &stat) == nil && stat.Bfree == 0 && file.Size()%stat.Bsize == 0
	})
	before := s.FileEntries(path)
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	s.Serves()
	s.Agree(func() Entries { return before.Add(s.FileEntries(path)) })
	if now := s.FileEntries(path); now.Lost == 0 || now.Requests == 0 {
		t.Errorf("the disk that has room again has %+v", now)
	}
	cache.requireSets()
}
