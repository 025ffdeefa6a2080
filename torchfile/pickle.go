// This file holds the machine that runs pickles.

package torchfile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The limits of pickles: those of a file's bytes together, and of what one of them pushes and remembers. A tensor
// takes some 200 bytes and 40 values.
const (
	maxPickle = 32 << 20
	maxValues = 2_000_000
)

// The values of a pickle are nil, bool, int64, float64, string, and these.
type (
	tuple  []any
	list   struct{ items []any }
	long   string // an int beyond int64: its bytes, little-endian
	global string // a function or class, by its name
	dict   struct {
		keys, values []any
		at           map[any]int // the place of a key
	}
)

// set makes v the value of a key.
func (d *dict) set(key, v any) {
	if i, ok := d.at[key]; ok {
		d.values[i] = v
		return
	}
	if d.at == nil {
		d.at = map[any]int{}
	}
	d.at[key] = len(d.keys)
	d.keys, d.values = append(d.keys, key), append(d.values, v)
}

// A machine runs a pickle: instructions push values on a stack, pop them, and put them into containers. What goes
// wrong first is kept, and ends it; until then an instruction goes on with nothing.
type machine struct {
	r     *reader
	stack []any
	marks []int // how long the stack was at each mark
	memo  map[int64]any
	spent int // values, of maxValues
	load  func(id any) (part, error)
	begun int64 // where the instruction is
	err   error
}

// run runs a pickle up to its end, and returns its value. The storages that it names are given by load, nil where
// there are none.
func run(r *reader, load func(id any) (part, error)) (any, error) {
	m := &machine{r: r, load: load, memo: map[int64]any{}}
	for m.err == nil {
		m.begun = r.at
		op := m.byte()
		switch rule := rules[op]; {
		case m.err != nil:
		case op == stop:
			v := m.pop()
			if left := len(m.stack) + len(m.marks); left > 0 {
				m.fail("it ends with %d values or marks too many", left)
			}
			if m.err == nil {
				return v, nil
			}
		case rule != nil:
			rule(m)
		default:
			m.fail("it has instruction %#02x, which makes %s: nothing of it is run", op, refused(op))
		}
	}
	return nil, m.err
}

// refused says what an instruction is for that the machine does not have.
func refused(op byte) string {
	switch op {
	case 'i', 'o', 0x81, 0x92:
		return "an object of a class"
	case 0x8f, 0x90, 0x91:
		return "a set"
	case 'B', 'C', 0x8e, 0x96:
		return "bytes"
	case 0x82, 0x83, 0x84:
		return "an object of Python's registry"
	}
	return "no tensor and no plain container"
}

func (m *machine) fail(format string, args ...any) {
	if m.err == nil {
		m.err = badFormat("%s, byte %d: "+format, append([]any{m.r.name, m.begun}, args...)...)
	}
}

const stop = '.'

// rules are the instructions, by their codes in Lib/pickletools.py.
var rules [256]func(m *machine)

func init() {
	for op, rule := range map[byte]func(m *machine){
		0x80: func(m *machine) { m.protocol(m.byte()) },                                 // PROTO
		0x95: func(m *machine) { m.bytes(8) },                                           // FRAME
		'(':  func(m *machine) { m.mark() },                                             // MARK
		'0':  func(m *machine) { m.pop() },                                              // POP
		'1':  func(m *machine) { m.popMark() },                                          // POP_MARK
		'2':  func(m *machine) { v := m.top(); m.push(v) },                              // DUP
		'N':  func(m *machine) { m.push(nil) },                                          // NONE
		0x88: func(m *machine) { m.push(true) },                                         // NEWTRUE
		0x89: func(m *machine) { m.push(false) },                                        // NEWFALSE
		'I':  func(m *machine) { m.pushDecimal(m.line()) },                              // INT
		'J':  func(m *machine) { m.push(int64(int32(m.uint(4)))) },                      // BININT
		'K':  func(m *machine) { m.push(int64(m.uint(1))) },                             // BININT1
		'M':  func(m *machine) { m.push(int64(m.uint(2))) },                             // BININT2
		'L':  func(m *machine) { m.pushDecimal(m.line()) },                              // LONG
		0x8a: func(m *machine) { m.pushLong(m.bytes(m.uint(1))) },                       // LONG1
		0x8b: func(m *machine) { m.pushLong(m.bytes(m.uint(4))) },                       // LONG4
		'F':  func(m *machine) { m.pushFloat(m.line()) },                                // FLOAT
		'G':  func(m *machine) { m.pushBinary(m.bytes(8)) },                             // BINFLOAT
		'T':  func(m *machine) { m.pushText(m.bytes(m.uint(4))) },                       // BINSTRING
		'U':  func(m *machine) { m.pushText(m.bytes(m.uint(1))) },                       // SHORT_BINSTRING
		'X':  func(m *machine) { m.pushText(m.bytes(m.uint(4))) },                       // BINUNICODE
		0x8c: func(m *machine) { m.pushText(m.bytes(m.uint(1))) },                       // SHORT_BINUNICODE
		0x8d: func(m *machine) { m.pushText(m.bytes(m.uint(8))) },                       // BINUNICODE8
		']':  func(m *machine) { m.push(&list{}) },                                      // EMPTY_LIST
		'l':  func(m *machine) { m.push(&list{m.popMark()}) },                           // LIST
		'a':  func(m *machine) { v := m.pop(); m.extend([]any{v}) },                     // APPEND
		'e':  func(m *machine) { m.extend(m.popMark()) },                                // APPENDS
		')':  func(m *machine) { m.push(tuple{}) },                                      // EMPTY_TUPLE
		't':  func(m *machine) { m.push(tuple(m.popMark())) },                           // TUPLE
		0x85: func(m *machine) { m.push(m.pops(1)) },                                    // TUPLE1
		0x86: func(m *machine) { m.push(m.pops(2)) },                                    // TUPLE2
		0x87: func(m *machine) { m.push(m.pops(3)) },                                    // TUPLE3
		'}':  func(m *machine) { m.push(&dict{}) },                                      // EMPTY_DICT
		'd':  func(m *machine) { all := m.popMark(); m.push(&dict{}); m.setItems(all) }, // DICT
		's':  func(m *machine) { m.setItems(m.pops(2)) },                                // SETITEM
		'u':  func(m *machine) { m.setItems(m.popMark()) },                              // SETITEMS
		'p':  func(m *machine) { m.put(m.number(m.line())) },                            // PUT
		'q':  func(m *machine) { m.put(int64(m.uint(1))) },                              // BINPUT
		'r':  func(m *machine) { m.put(int64(m.uint(4))) },                              // LONG_BINPUT
		0x94: func(m *machine) { m.put(int64(len(m.memo))) },                            // MEMOIZE
		'g':  func(m *machine) { m.get(m.number(m.line())) },                            // GET
		'h':  func(m *machine) { m.get(int64(m.uint(1))) },                              // BINGET
		'j':  func(m *machine) { m.get(int64(m.uint(4))) },                              // LONG_BINGET
		'c':  func(m *machine) { module := m.line(); m.find(module, m.line()) },         // GLOBAL
		0x93: func(m *machine) { m.stackGlobal() },                                      // STACK_GLOBAL
		'R':  func(m *machine) { m.call() },                                             // REDUCE
		'b':  func(m *machine) { m.build() },                                            // BUILD
		'Q':  func(m *machine) { m.persistent() },                                       // BINPERSID
	} {
		rules[op] = rule
	}
}

func (m *machine) protocol(version byte) {
	if version > 5 {
		m.fail("it is of protocol %d, want at most 5", version)
	}
}

// The stack.

func (m *machine) spend() {
	if m.spent++; m.spent > maxValues {
		m.fail("it has more than %d values", maxValues)
	}
}

func (m *machine) push(v any) {
	if m.spend(); m.err == nil {
		m.stack = append(m.stack, v)
	}
}

func (m *machine) mark() {
	if m.spend(); m.err == nil {
		m.marks = append(m.marks, len(m.stack))
	}
}

// pops takes the last n values, none of them from before the last mark.
func (m *machine) pops(n int) tuple {
	floor := 0
	if len(m.marks) > 0 {
		floor = m.marks[len(m.marks)-1]
	}
	if len(m.stack)-floor < n {
		m.fail("it takes a value from an empty stack")
		return make(tuple, n)
	}
	from := len(m.stack) - n
	all := append(tuple{}, m.stack[from:]...)
	m.stack = m.stack[:from]
	return all
}

func (m *machine) pop() any { return m.pops(1)[0] }

func (m *machine) top() any {
	v := m.pop()
	if m.err == nil {
		m.stack = append(m.stack, v)
	}
	return v
}

// popMark takes the values behind the last mark, and the mark.
func (m *machine) popMark() []any {
	if len(m.marks) == 0 {
		m.fail("it goes back to a mark that there is not")
		return nil
	}
	last := len(m.marks) - 1
	all := m.pops(len(m.stack) - m.marks[last])
	m.marks = m.marks[:last]
	return all
}

func (m *machine) put(at int64) {
	v := m.top()
	if m.spend(); m.err == nil {
		m.memo[at] = v
	}
}

func (m *machine) get(at int64) {
	v, ok := m.memo[at]
	if !ok {
		m.fail("it takes value %d, which it has not put by", at)
	}
	m.push(v)
}

// Containers.

func (m *machine) extend(items []any) {
	switch l := m.top().(type) {
	case *list:
		l.items = append(l.items, items...)
	default:
		m.fail("it appends to %s", kind(l))
	}
}

func (m *machine) setItems(pairs []any) {
	d, ok := m.top().(*dict)
	switch {
	case !ok:
		m.fail("it sets an item of what is no dict")
	case len(pairs)%2 != 0:
		m.fail("it sets an item without a value")
	}
	for i := 0; i < len(pairs) && m.err == nil; i += 2 {
		switch pairs[i].(type) {
		case nil, bool, int64, float64, string:
			d.set(pairs[i], pairs[i+1])
		default:
			m.fail("it has a dict with %s as a key, want a text or a number", kind(pairs[i]))
		}
	}
}

// build gives attributes to an object. An OrderedDict may have them: those of a state dict are versions of its
// modules.
func (m *machine) build() {
	m.pop()
	if v := m.top(); m.err == nil {
		if _, ok := v.(*dict); !ok {
			m.fail("it gives attributes to %s", kind(v))
		}
	}
}

// Functions.

func (m *machine) stackGlobal() {
	names := m.pops(2)
	module, ok := names[0].(string)
	name, ok2 := names[1].(string)
	if !ok || !ok2 {
		m.fail("it asks for a function by what is no name")
	}
	m.find(module, name)
}

func (m *machine) find(module, name string) {
	g := global(module + "." + name)
	_, isStorage := storages[string(g)]
	if _, ok := functions[g]; !ok && !isStorage {
		m.fail("it asks for %s, which is no tensor and no plain container: nothing of it is run (a file "+
			"without it comes of torch.save(model.state_dict(), …))", quote(string(g)))
	}
	m.push(g)
}

func (m *machine) call() {
	both := m.pops(2)
	name, ok := both[0].(global)
	args, ok2 := both[1].(tuple)
	f := functions[name]
	if !ok || !ok2 || f == nil {
		m.fail("it calls %s", kind(both[0]))
	}
	if m.err != nil {
		return
	}
	v, err := f(args)
	if err != nil {
		m.fail("%s: %v", name, err)
	}
	m.push(v)
}

func (m *machine) persistent() {
	id := m.pop()
	if m.load == nil {
		m.fail("it names a storage, where there are none")
	}
	if m.err != nil {
		return
	}
	p, err := m.load(id)
	if err != nil {
		m.fail("%v", err)
	}
	m.push(p)
}

// What stands in the pickle itself.

func (m *machine) bytes(n uint64) []byte {
	b, err := m.r.take(n)
	m.wrong(err)
	return b
}

func (m *machine) byte() byte {
	if b := m.bytes(1); m.err == nil {
		return b[0]
	}
	return 0
}

// uint reads a number of so many bytes.
func (m *machine) uint(size uint64) uint64 {
	var b [8]byte
	copy(b[:], m.bytes(size))
	return binary.LittleEndian.Uint64(b[:])
}

func (m *machine) line() string {
	s, err := m.r.line()
	m.wrong(err)
	return s
}

func (m *machine) wrong(err error) {
	var ours formatError
	switch {
	case err == nil:
	case errors.As(err, &ours):
		m.fail("%v", err)
	case m.err == nil:
		m.err = err
	}
}

func (m *machine) pushText(b []byte) {
	if !utf8.Valid(b) {
		m.fail("a text is not UTF-8")
	}
	m.push(string(b))
}

func (m *machine) pushLong(b []byte) {
	if len(b) > 8 {
		m.push(long(b))
		return
	}
	var v uint64
	for i := len(b) - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	if n := len(b); n > 0 && n < 8 && b[n-1] >= 0x80 { // below 0
		v |= ^uint64(0) << (8 * n)
	}
	m.push(int64(v))
}

func (m *machine) pushBinary(b []byte) {
	if m.err == nil {
		m.push(math.Float64frombits(binary.BigEndian.Uint64(b)))
	}
}

func (m *machine) pushFloat(s string) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		m.fail("%s is no number", quote(s))
	}
	m.push(v)
}

// pushDecimal pushes an int in digits, or one of the two truth values of protocol 0.
func (m *machine) pushDecimal(s string) {
	switch s {
	case "00", "01":
		m.push(s == "01")
	default:
		m.push(m.number(s))
	}
}

func (m *machine) number(s string) int64 {
	v, err := strconv.ParseInt(strings.TrimSuffix(s, "L"), 10, 64)
	if err != nil {
		m.fail("%s is no number of up to 64 bits", quote(s))
	}
	return v
}

// kind says what a value is.
func kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return "a bool"
	case int64, long:
		return "an int"
	case float64:
		return "a float"
	case string:
		return "a text"
	case tuple:
		return "a tuple"
	case *list:
		return "a list"
	case *dict:
		return "a dict"
	case part:
		return "a storage"
	case *tensor:
		return "a tensor"
	case global:
		return string(v)
	}
	return fmt.Sprintf("a %T", v)
}

// A reader reads pickles from a file, from one place to another, and is called name in errors.
type reader struct {
	buf     *bufio.Reader
	at, end int64
	name    string
	few     [8]byte
}

func newReader(r io.ReaderAt, at, end int64, name string) *reader {
	return &reader{buf: bufio.NewReader(io.NewSectionReader(r, at, end-at)), at: at, end: end, name: name}
}

// take reads so many bytes, which are valid until the next ones are read. Memory is taken when it is clear that they
// are there.
func (r *reader) take(n uint64) ([]byte, error) {
	if n > uint64(r.end-r.at) {
		return nil, badFormat("it ends early, or is longer than %d MiB (%d bytes are wanted, %d are left)",
			maxPickle>>20, n, r.end-r.at)
	}
	b := r.few[:min(n, uint64(len(r.few)))]
	if n > uint64(len(b)) {
		b = make([]byte, n)
	}
	got, err := io.ReadFull(r.buf, b)
	r.at += int64(got)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = badFormat("it ends early, it has shrunk since it was opened")
	}
	return b, err
}

// line reads up to the end of a line.
func (r *reader) line() (string, error) {
	const most = 4096
	var s strings.Builder
	for s.Len() < most {
		b, err := r.take(1)
		switch {
		case err != nil:
			return "", err
		case b[0] == '\n':
			return s.String(), nil
		}
		s.WriteByte(b[0])
	}
	return "", badFormat("a line is longer than %d bytes", most)
}
