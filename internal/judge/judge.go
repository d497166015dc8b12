package judge

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Current is the keyspace in which the judge takes names that stand without one.
const Current = "cur"

// Question is what a judge is asked about a text.
type Question byte

const (
	// Tokens asks for the tokens, each as "from-to" in UTF-16 units.
	Tokens Question = 't'
	// Accesses asks for what the statement does, each as kind, keyspace and name with [Part] between them.
	Accesses Question = 'a'
)

// The separators in answers.
const (
	// Item stands between what is listed.
	Item = "\x02"
	// Part stands between the parts of an access.
	Part = "\x01"
)

// Judge is a Java process. It is used by one goroutine at a time.
type Judge struct {
	process *exec.Cmd
	in      *bufio.Writer
	closer  io.Closer
	out     *bufio.Reader
}

// Start starts a judge with the code of a release of Cassandra, which test/deps/cassandra brings.
func Start(version string) (*Judge, error) {
	jars, err := classPath(version)
	if err != nil {
		return nil, err
	}
	_, here, _, _ := runtime.Caller(0)
	process := exec.Command(java(), "-Xshare:auto", "-XX:+UseSerialGC", "-Xmx512m", "-Xss2m", "-cp", jars,
		filepath.Join(filepath.Dir(here), "Judge.java"))
	process.Stderr = os.Stderr
	in, err := process.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, err
	}
	return &Judge{process, bufio.NewWriterSize(in, 1<<16), in, bufio.NewReaderSize(out, 1<<16)}, nil
}

func java() string {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		return filepath.Join(home, "bin", "java")
	}
	return "java"
}

func classPath(version string) (string, error) {
	cache := os.Getenv("PROXYLIB_TEST_CACHE")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		cache = filepath.Join(home, ".cache", "proxylib-test")
	}
	lib := filepath.Join(cache, "cassandra", version, "lib")
	if _, err := os.Stat(lib); err != nil {
		return "", fmt.Errorf("%w: run test/deps/cassandra %s", err, version)
	}
	return filepath.Join(lib, "*"), nil
}

// Stop ends the process. Answers that nobody has read are lost.
func (j *Judge) Stop() error {
	closed := j.closer.Close()
	_, read := io.Copy(io.Discard, j.out)
	return errors.Join(closed, read, j.process.Wait())
}

// Ask asks about each text and calls answered with its number and the answer. accepted is false where Cassandra refuses
// the text; the answer is then the reason.
func (j *Judge) Ask(q Question, texts []string, answered func(i int, accepted bool, answer string)) error {
	sent := make(chan error, 1)
	go func() { sent <- j.send(q, texts) }()
	for i := range texts {
		answer, err := j.receive()
		if err != nil {
			return err
		}
		answered(i, answer[0] == '+', answer[1:])
	}
	return <-sent
}

func (j *Judge) send(q Question, texts []string) error {
	var head [5]byte
	for _, text := range texts {
		head[0] = byte(q)
		binary.BigEndian.PutUint32(head[1:], uint32(len(text)))
		j.in.Write(head[:])
		j.in.WriteString(text)
	}
	return j.in.Flush()
}

func (j *Judge) receive() (string, error) {
	var length uint32
	if err := binary.Read(j.out, binary.BigEndian, &length); err != nil {
		return "", fmt.Errorf("judge: %w", err)
	}
	answer := make([]byte, length)
	if _, err := io.ReadFull(j.out, answer); err != nil || length == 0 {
		return "", fmt.Errorf("judge: answer of %d bytes: %w", length, err)
	}
	return string(answer), nil
}

// List returns what an answer lists.
func List(answer string) []string {
	if answer == "" {
		return nil
	}
	return strings.Split(answer, Item)
}
