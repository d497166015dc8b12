package wasmfile

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// reserve reserves addresses. The system gives memory for those that are written to.
func reserve(size uint64) ([]byte, error) {
	return unix.Mmap(-1, 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
}

func release(region []byte) {
	if region != nil {
		_ = unix.Munmap(region)
	}
}

// snapshot is the memory with which instances begin, a file in memory.
type snapshot struct {
	file *os.File
	size uint64
}

// page is the unit in which memory is copied.
const page = 4096

// newSnapshot takes a snapshot. Pages without content take no memory.
func newSnapshot(content []byte) (*snapshot, error) {
	fd, err := unix.MemfdCreate("proxylib-parser", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memory for a parser: %w", err)
	}
	s := &snapshot{file: os.NewFile(uintptr(fd), "proxylib-parser"), size: uint64(len(content))}
	if err := s.file.Truncate(int64(len(content))); err != nil {
		s.close()
		return nil, fmt.Errorf("memory for a parser: %w", err)
	}
	for at := 0; at < len(content); at += page {
		part := content[at:min(at+page, len(content))]
		if isZero(part) {
			continue
		}
		if _, err := s.file.WriteAt(part, int64(at)); err != nil {
			s.close()
			return nil, fmt.Errorf("memory for a parser: %w", err)
		}
	}
	return s, nil
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// copyTo makes the beginning of a memory a copy of the snapshot.
func (s *snapshot) copyTo(region []byte) error {
	if s.size == 0 {
		return nil
	}
	_, err := unix.MmapPtr(int(s.file.Fd()), 0, unsafe.Pointer(unsafe.SliceData(region)), uintptr(s.size),
		unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_FIXED|unix.MAP_NORESERVE)
	return err
}

func (s *snapshot) close() { _ = s.file.Close() }
