// Command program does a little of all that a function compiled by Go may do, and prints what has come of it.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
)

func main() {
	for name, f := range map[string]func() string{
		"loops": loops, "stack": stack, "goroutines": goroutines, "panics": panics, "garbage": garbage, "text": text, "structures": structures,
		"numbers": numbers, "iterators": iterators,
	} {
		lines = append(lines, name+": "+f())
	}
	sort.Strings(lines)
	fmt.Fprintln(os.Stdout, strings.Join(lines, "\n"))
}

var lines []string

func loops() string {
	sum := 0
outer:
	for i := range 50 {
		for j := i; j < 60; j++ {
			switch {
			case j%7 == 3:
				continue
			case i*j > 900:
				break outer
			case (i+j)%11 == 0:
				continue outer
			}
			sum += weight(i, j)
		}
	}
	return strconv.Itoa(sum)
}

//go:noinline
func weight(i, j int) int {
	if i > j {
		i, j = j, i
	}
	for i%5 != 0 {
		i++
	}
	return i ^ j
}

// stack calls itself so often that the stack has to grow, and be copied, with pointers to what is on it.
func stack() string {
	var local [3]int
	depth(4000, &local)
	return fmt.Sprint(local, fibonacci(17))
}

//go:noinline
func depth(n int, p *[3]int) int {
	var own [3]int
	own[n%3] = n
	if n > 0 {
		own[1] += depth(n-1, &own) & 3
	}
	for i, v := range own {
		p[i] += v
	}
	return own[1]
}

func fibonacci(n int) int {
	if n < 2 {
		return n
	}
	return fibonacci(n-1) + fibonacci(n-2)
}

func goroutines() string {
	numbers, squares, done := make(chan int), make(chan int, 3), make(chan string)
	for range 4 {
		go func() {
			for n := range numbers {
				runtime.Gosched()
				squares <- n * n
			}
			done <- "end"
		}()
	}
	go func() {
		defer close(numbers)
		for i := range 100 {
			numbers <- i
		}
	}()
	sum, ends := 0, 0
	for ends < 4 {
		select {
		case s := <-squares:
			sum += s
		case <-done:
			ends++
		}
	}
	close(squares)
	for s := range squares {
		sum += s
	}
	return strconv.Itoa(sum)
}

type node struct {
	left, right *node
	value       int
}

func panics() (text string) {
	for i := range 6 {
		text += caught(i) + ","
	}
	defer func() { text += fmt.Sprint(recover()) }()
	defer func() { panic("second") }()
	panic("first")
}

//go:noinline
func caught(kind int) (text string) {
	for i := range 3 {
		defer func() {
			if r := recover(); r != nil {
				text = fmt.Sprint(i, r, text)
			}
		}()
	}
	var none *node
	var list []int
	var other any = "text"
	switch kind {
	case 0:
		return strconv.Itoa(none.value)
	case 1:
		return strconv.Itoa(list[kind])
	case 2:
		return strconv.Itoa(kind / len(list))
	case 3:
		return strconv.Itoa(other.(int))
	case 4:
		panic(errors.New("an error"))
	}
	return "none"
}

func garbage() string {
	var root *node
	for i := range 3000 {
		root = insert(root, i*7919%3001)
		_ = make([]byte, 1000+i)
		if i%1000 == 0 {
			runtime.GC()
		}
	}
	sum, count := 0, 0
	walk(root, func(n *node) { sum += n.value * (count & 7); count++ })
	return fmt.Sprint(sum, count)
}

func insert(n *node, value int) *node {
	if n == nil {
		return &node{value: value}
	}
	if value < n.value {
		n.left = insert(n.left, value)
	} else if value > n.value {
		n.right = insert(n.right, value)
	}
	return n
}

func walk(n *node, f func(*node)) {
	if n != nil {
		walk(n.left, f)
		f(n)
		walk(n.right, f)
	}
}

func text() string {
	words := strings.FieldsFunc("the quick brown fox, jumps over the lazy dog; 0123456789 abcdefghijklmnop", func(r rune) bool { return r == ' ' || r == ',' })
	slices.SortFunc(words, func(a, b string) int { return strings.Compare(a[1:], b[1:]) })
	return strings.Map(func(r rune) rune {
		if r == 'o' {
			return 'ö'
		}
		return r
	}, strings.Join(words, "/"))
}

type shape interface{ area() float64 }

type square struct{ side float64 }

type circle struct {
	_      [40]byte
	radius float64
	name   string
}

func (s square) area() float64  { return s.side * s.side }
func (c *circle) area() float64 { return 3 * c.radius * c.radius }

func structures() string {
	counts := map[string]int{}
	total := 0.0
	for i := range 40 {
		var s shape = square{float64(i)}
		if i%3 == 0 {
			s = &circle{radius: float64(i), name: strconv.Itoa(i)}
		}
		total += s.area()
		if c, is := s.(*circle); is {
			counts[c.name[:1]] += len(c.name)
		}
	}
	delete(counts, "0")
	return fmt.Sprint(counts, total, big(7))
}

// big has a frame that is larger than what is checked at once.
//
//go:noinline
func big(n int) int {
	var table [3000]int
	for i := range table {
		table[i] = i * n
	}
	sum := 0
	for i := 0; i < len(table); i += n {
		sum += table[i]
	}
	return sum
}

func numbers() string {
	var a uint32 = 0xfffffff0
	var b int64 = -1 << 40
	f := 1.5
	for i := range 20 {
		a += uint32(i) << 3
		b = b>>1 | int64(a)%7
		f = f*1.25 - float64(b%13)
	}
	return fmt.Sprint(a, b, int64(f), a>>5&1 == 1, uint8(b), int16(a))
}

func iterators() string {
	var out []int
	for i := range count(10) {
		if i == 7 {
			break
		}
		defer func() { out = append(out, i) }()
		out = append(out, i)
	}
	return fmt.Sprint(out)
}

func count(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}
