package command

import "errors"

// Kind is what an argument is.
type Kind uint8

// The kinds of arguments.
const (
	// Value is an argument that names nothing that a rule could be about.
	Value Kind = iota
	// Secret is a value that must not be logged.
	Secret
	// Key is a key.
	Key
	// KeyPattern is a pattern from which the server makes keys: those of SORT's BY and GET.
	KeyPattern
	// Channel is a channel, Pattern a pattern of channels or keys.
	Channel
	Pattern
	// DB is the number of a database.
	DB
	// User is the name of a user.
	User
	// Integer is a value that has to be a number.
	Integer
	// Number is the number by which later arguments count.
	Number
	// Word is a word of the command's own: an option, or one of a fixed choice.
	Word
)

// Errors of a Scan. A request that has one is refused by the server as well, or is not known to this table.
var (
	ErrFew     = errors.New("too few arguments")
	ErrMany    = errors.New("too many arguments")
	ErrUnknown = errors.New("unknown option")
	ErrNumber  = errors.New("invalid number")
)

// repeat is how often an item is there.
type repeat uint8

const (
	once repeat = iota
	optional
	// rest: the item takes all arguments but those of the items after it.
	rest
	// counted: as often as the last number says.
	counted
	// share: an equal share of what is left, with the items after it that are a share.
	share
	// options: any of a set of options, in any order.
	options
)

// item is a part of the arguments of a command.
type item struct {
	repeat repeat
	// kinds are those of one argument, or of a group of them.
	kinds []Kind
	// words are what a Word can be.
	words []string
	// options are those of a set.
	options []option
	// after is how many arguments the items after this one have at least.
	after int
}

// option is a member of a set of options.
type option struct {
	name string
	// kinds are those of its arguments.
	kinds []Kind
	form  form
}

// form is how the arguments of an option are counted.
type form uint8

const (
	// fixed: the arguments are there once.
	fixed form = iota
	// approximate: the argument may have "=" or "~" before it.
	approximate
	// numbered: a number comes first, and the arguments are there that often.
	numbered
	// same: the argument is there as often as the last number outside options says.
	same
	// all: the argument takes what remains.
	all
)

// Scan follows the arguments of one request. The zero value is not ready: call Start. It is used by one thread at a
// time, and allocates nothing.
type Scan struct {
	command *Command
	// left is the number of arguments that have not been taken.
	left int
	// at is the item of the next argument, place its place in a group, and times how often the item is still to be there.
	at, place, times int
	begun            bool
	// number is the last number outside options.
	number int
	// option is the one whose arguments come next, or nil; its place and times are those of the item.
	option *option
	// waits: the number of the option, or its "=" or "~", has not been taken.
	waits bool
}

// Start begins with the first argument after the name, and the subcommand if there is one. args is the number of
// arguments from there.
func (s *Scan) Start(c *Command, args int) error {
	*s = Scan{command: c, left: args}
	if args < c.least {
		return ErrFew
	}
	return nil
}

// Left returns how many arguments have not been taken.
func (s *Scan) Left() int { return s.left }

// Peek returns the kind of the next argument, and whether that is certain. Where it is not, the kind depends on the
// argument itself, which is then [Word] or something else. The bytes of arguments that are certain to be a [Value] or a
// [Secret] are of no interest to Take.
func (s *Scan) Peek() (kind Kind, certain bool) {
	if s.option != nil {
		if s.waits {
			return Number, s.option.form == numbered
		}
		return s.option.kinds[s.place], true
	}
	i := s.settle()
	if i == nil || i.repeat == options || i.words != nil {
		return Word, false
	}
	return i.kinds[s.place], true
}

// settle moves on to the item of the next argument, which is nil if there is none.
func (s *Scan) settle() *item {
	for s.at < len(s.command.items) {
		i := &s.command.items[s.at]
		if !s.begun {
			s.begin(i)
		}
		if s.place > 0 || s.times > 0 && s.fits(i) {
			return i
		}
		s.next()
	}
	return nil
}

// begin sets how often an item is there.
func (s *Scan) begin(i *item) {
	s.begun, s.times = true, 1
	switch i.repeat {
	case rest, options:
		s.times = s.left + 1
	case counted:
		s.times = s.number
	case share:
		shares := 0
		for _, later := range s.command.items[s.at:] {
			if later.repeat == share {
				shares++
			}
		}
		s.times = s.left / shares
	}
}

// fits reports whether enough arguments are left for an item that may be left out.
func (s *Scan) fits(i *item) bool {
	switch i.repeat {
	case optional, rest, options:
		return s.left > i.after
	}
	return true
}

func (s *Scan) next() { s.at, s.place, s.times, s.begun = s.at+1, 0, 0, false }

// Take takes the next argument, and returns what it is.
func (s *Scan) Take(arg []byte) (Kind, error) {
	if s.left == 0 {
		return Value, ErrMany
	}
	if s.option != nil {
		return s.takeOfOption(arg)
	}
	for {
		i := s.settle()
		if i == nil {
			return Value, s.surplus()
		}
		if i.repeat != options {
			return s.takeOfItem(i, arg)
		}
		if o := i.find(arg); o != nil {
			return Word, s.open(o)
		}
		s.next()
	}
}

// surplus is what an argument is that no item takes.
func (s *Scan) surplus() error {
	if n := len(s.command.items); n > 0 && s.command.items[n-1].repeat == options {
		return ErrUnknown
	}
	return ErrMany
}

func (s *Scan) takeOfItem(i *item, arg []byte) (Kind, error) {
	kind := i.kinds[s.place]
	switch {
	case i.words != nil && !contains(i.words, arg):
		return Value, ErrUnknown
	case kind == Number:
		n, ok := number(arg)
		if !ok || n > s.left-1 {
			return Value, ErrNumber
		}
		s.number = n
	}
	s.left--
	s.forward(len(i.kinds))
	if s.times == 0 {
		// What is left may be harmless now.
		s.next()
	}
	return kind, nil
}

// forward goes on to the next argument of a group of n, and from the last one to the next group.
func (s *Scan) forward(n int) {
	if s.place++; s.place == n {
		s.place = 0
		s.times--
	}
}

// open begins the arguments of an option, whose name is taken.
func (s *Scan) open(o *option) error {
	s.left--
	if len(o.kinds) == 0 {
		return nil
	}
	s.option, s.place, s.times = o, 0, 1
	switch o.form {
	case approximate, numbered:
		s.waits = true
	case same:
		s.times = s.number
	case all:
		s.times = s.left
	}
	if s.left < s.times*len(o.kinds) {
		return ErrFew
	}
	s.close()
	return nil
}

// close ends an option that needs no more arguments. Options follow each other until none is left.
func (s *Scan) close() {
	if !s.waits && s.times == 0 {
		s.option, s.times = nil, s.left+1
	}
}

func (s *Scan) takeOfOption(arg []byte) (Kind, error) {
	if s.waits {
		s.waits = false
		if s.option.form == numbered {
			n, ok := number(arg)
			if !ok || n*len(s.option.kinds) > s.left-1 {
				return Value, ErrNumber
			}
			s.left, s.times = s.left-1, n
			s.close()
			return Number, nil
		}
		if len(arg) == 1 && (arg[0] == '=' || arg[0] == '~') {
			s.left--
			return Word, nil
		}
	}
	kind := s.option.kinds[s.place]
	if kind == Integer && !integer(arg) {
		return Value, ErrNumber
	}
	s.left--
	s.forward(len(s.option.kinds))
	s.close()
	return kind, nil
}

// End reports whether the arguments that have been taken, all of them, are complete.
func (s *Scan) End() error {
	if s.option != nil || s.place > 0 {
		return ErrFew
	}
	if i := s.settle(); i != nil && i.repeat != rest && i.repeat != options && i.repeat != optional {
		return ErrFew
	}
	return nil
}

// Harmless reports whether no argument that is left can name anything that a rule could be about.
func (s *Scan) Harmless() bool {
	if s.option != nil && named(s.option.kinds[s.place:]) {
		return false
	}
	for n := s.at; n < len(s.command.items); n++ {
		i := &s.command.items[n]
		if named(i.kinds) {
			return false
		}
		for o := range i.options {
			if named(i.options[o].kinds) {
				return false
			}
		}
	}
	return true
}

// named reports whether some of the kinds name something.
func named(kinds []Kind) bool {
	for _, k := range kinds {
		switch k {
		case Key, KeyPattern, Channel, Pattern, DB, User:
			return true
		}
	}
	return false
}

// find returns the option with a name, in any case.
func (i *item) find(name []byte) *option {
	for n := range i.options {
		if equal(i.options[n].name, name) {
			return &i.options[n]
		}
	}
	return nil
}

func contains(words []string, arg []byte) bool {
	for _, word := range words {
		if equal(word, arg) {
			return true
		}
	}
	return false
}

// equal reports whether arg is a word, which is in lower case, in any case.
func equal(word string, arg []byte) bool {
	if len(word) != len(arg) {
		return false
	}
	for i, c := range arg {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

// maxNumber bounds numbers of arguments: a request has no more.
const maxNumber = 1 << 20

// number reads a decimal number without a sign and without leading zeros.
func number(text []byte) (int, bool) {
	if len(text) == 0 || len(text) > 7 || text[0] == '0' && len(text) > 1 {
		return 0, false
	}
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, n <= maxNumber
}

// integer reports whether text is a decimal number, possibly negative.
func integer(text []byte) bool {
	if len(text) > 1 && text[0] == '-' {
		text = text[1:]
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(text) > 0
}
