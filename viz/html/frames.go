package html

import (
	"slices"
	"strings"
)

// frames makes a frame of each scope that has several rows, and of the update.
func (b *builder) frames() {
	b.scopeFrames(0, b.update, 0, -1)
	b.repeat()
	if n := len(b.l.Rows); n > b.update {
		b.addFrame(frame{First: b.update, Last: n - 1, Parent: -1, Update: true})
	}
	b.count()
	b.open()
	b.single()
}

// count says how much there is in each frame: a parameter that is read at several places is one.
func (b *builder) count() {
	type read struct{ frame, node int }
	seen := map[read]bool{}
	for i := range b.l.Boxes {
		x := &b.l.Boxes[i]
		for f := b.l.Rows[x.Row].Frame; f >= 0; f = b.l.Frames[f].Parent {
			frame := &b.l.Frames[f]
			frame.Boxes[x.Column]++
			if x.Column != columnParams || seen[read{f, x.Node}] {
				continue
			}
			seen[read{f, x.Node}] = true
			switch b.run.Nodes[x.Node].Kind {
			case "parameter":
				frame.Params++
			case "state":
				frame.States++
			default:
				frame.Others++
			}
		}
	}
}

// scopeFrames adds the frames among rows first to end-1, whose scopes have the first depth names in common.
func (b *builder) scopeFrames(first, end, names, parent int) {
	for i := first; i < end; {
		path := b.path(i, names)
		k := i + 1
		for path != nil && k < end && slices.Equal(b.path(k, names), path) {
			k++
		}
		if path == nil || k-i < 2 {
			i = k
			continue
		}
		more := names + 1
		for b.inCommon(i, k, more) { // a scope in which there is but one other is no frame of its own
			more++
		}
		f := frame{First: i, Last: k - 1, Parent: parent}
		from := 0
		if parent >= 0 {
			f.Depth, from = b.l.Frames[parent].Depth+1, names
		}
		f.Title, f.names = strings.Join(strings.Split(b.scopes[i], ".")[from:more], "."), more-from
		if parent >= 0 && f.Title[0] >= '0' && f.Title[0] <= '9' { // one of several
			f.Title = b.l.Frames[parent].Title + "." + f.Title
		}
		id := b.addFrame(f)
		b.scopeFrames(i, k, more, id)
		i = k
	}
}

// path is the first names+1 parts of the scope of row r, nil if there are not so many.
func (b *builder) path(r, names int) []string {
	if b.scopes[r] == "" {
		return nil
	}
	parts := strings.Split(b.scopes[r], ".")
	if len(parts) <= names {
		return nil
	}
	return parts[:names+1]
}

// inCommon reports whether rows i to k-1 all have the same next name.
func (b *builder) inCommon(i, k, names int) bool {
	first := b.path(i, names)
	if first == nil {
		return false
	}
	for r := i + 1; r < k; r++ {
		if !slices.Equal(b.path(r, names), first) {
			return false
		}
	}
	return true
}

func (b *builder) addFrame(f frame) int {
	id := len(b.l.Frames)
	b.l.Frames = append(b.l.Frames, f)
	for r := f.First; r <= f.Last; r++ {
		b.l.Rows[r].Frame = id
	}
	return id
}

// open opens the outermost frames as long as few rows are seen.
func (b *builder) open() {
	seen := b.seen(-1)
	for depth := 0; ; depth++ {
		any := false
		for id := range b.l.Frames {
			f := &b.l.Frames[id]
			if f.Depth != depth || f.Parent >= 0 && !b.l.Frames[f.Parent].Open {
				continue
			}
			if more := b.seen(id) - 1; seen+more <= openRows {
				f.Open, any, seen = true, true, seen+more
			}
		}
		if !any {
			return
		}
	}
}

// seen is how many rows there are in frame id, -1 for the whole, with the frames inside closed.
func (b *builder) seen(id int) int {
	first, last := 0, len(b.l.Rows)-1
	if id >= 0 {
		first, last = b.l.Frames[id].First, b.l.Frames[id].Last
	}
	n := 0
	for r := first; r <= last; n++ {
		f := b.l.Rows[r].Frame
		for f >= 0 && f != id && b.l.Frames[f].Parent != id {
			f = b.l.Frames[f].Parent
		}
		if f < 0 || f == id {
			r++
		} else {
			r = b.l.Frames[f].Last + 1
		}
	}
	return n
}

// single names an op by its scope where no frame does.
func (b *builder) single() {
	for i := range b.l.Boxes {
		x := &b.l.Boxes[i]
		if x.Instr < 0 || x.Column != columnForward || x.Row >= b.update || b.scopes[x.Row] == "" {
			continue
		}
		names := 0
		for f := b.l.Rows[x.Row].Frame; f >= 0; f = b.l.Frames[f].Parent {
			names += b.l.Frames[f].names
		}
		if parts := strings.Split(b.scopes[x.Row], "."); len(parts) > names {
			x.Title = strings.Join(parts[names:], ".") + " · " + x.Title
		}
	}
}
