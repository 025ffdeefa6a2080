// This file keeps out of a page what may do harm: in formulas all but MathML, in figures all that runs or loads.

package html

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/viz/trace"
)

// check looks at the texts and figures of a trace.
func check(t *trace.Trace) error {
	if err := t.Check(); err != nil {
		return err
	}
	for _, s := range texts(t) {
		if err := checkText(s.En); err != nil {
			return err
		}
		if err := checkText(s.Zh); err != nil {
			return err
		}
	}
	for i := range t.Runs {
		for k := range t.Runs[i].States {
			for _, f := range t.Runs[i].States[k].Shown {
				if err := checkFigure(f); err != nil {
					return fmt.Errorf("a figure of run %d, state %d: %w", i, k, err)
				}
			}
		}
	}
	return nil
}

// texts are those that may hold formulas.
func texts(t *trace.Trace) []trace.Text {
	list := append([]trace.Text{t.Title}, t.About...)
	for _, c := range t.Controls {
		list = append(append(list, c.Name), c.Values...)
	}
	for _, f := range t.Figures {
		list = append(list, f.Title, f.Alt)
	}
	for _, q := range t.Questions {
		list = append(append(list, q.Text, q.Because), q.Choices...)
	}
	for _, s := range t.Tour {
		list = append(list, s.Text)
	}
	return list
}

// checkText reads the formulas of a text.
func checkText(s string) error {
	for rest := s; ; {
		_, after, found := strings.Cut(rest, `\(`)
		if !found {
			return nil
		}
		formula, next, closed := strings.Cut(after, `\)`)
		if !closed {
			return fmt.Errorf("a formula has no end \\): %.60q", after)
		}
		if err := checkMath(formula); err != nil {
			return fmt.Errorf("formula %.60q: %w", formula, err)
		}
		rest = next
	}
}

// mathTags are the elements of MathML Core that a formula may have. The list in page/dom.js is the same.
var mathTags = strings.Fields(`math mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup munder mover
	munderover mtable mtr mtd mstyle mpadded mphantom mmultiscripts mprescripts semantics`)

func checkMath(s string) error {
	return walk("<math>"+s+"</math>", func(e xml.StartElement) error {
		if !slices.Contains(mathTags, e.Name.Local) {
			return fmt.Errorf("<%s> is no element of MathML that a formula may have", e.Name.Local)
		}
		return nil
	})
}

// figureTags are the elements of SVG that a figure may have.
var figureTags = strings.Fields(`svg g defs title desc path rect circle ellipse line polyline polygon text tspan
	marker linearGradient radialGradient stop clipPath mask pattern use symbol image`)

// picture is how an address begins that is a picture itself.
const picture = "data:image/png;base64,"

// checkFigure refuses whatever runs or loads: scripts, foreign content, styles, handlers and links to elsewhere.
func checkFigure(s string) error {
	if s == "" {
		return nil
	}
	return walk(s, func(e xml.StartElement) error {
		if !slices.Contains(figureTags, e.Name.Local) {
			return fmt.Errorf("<%s> is no element that a figure may have", e.Name.Local)
		}
		for _, a := range e.Attr {
			name, value := strings.ToLower(a.Name.Local), strings.TrimSpace(a.Value)
			switch {
			case strings.HasPrefix(name, "on"):
				return fmt.Errorf("<%s> has the handler %s", e.Name.Local, a.Name.Local)
			case name == "style":
				return fmt.Errorf("<%s> has a style: give its properties as attributes", e.Name.Local)
			case name == "href" && !strings.HasPrefix(value, "#") && !strings.HasPrefix(value, picture):
				return fmt.Errorf("<%s> refers to %.60q, which is not in the figure", e.Name.Local, value)
			case elsewhere(value):
				return fmt.Errorf("<%s> has %s=%.60q, which is not in the figure", e.Name.Local, a.Name.Local, value)
			}
		}
		return nil
	})
}

// elsewhere reports whether a value has a url() of something outside of the figure.
func elsewhere(value string) bool {
	parts := strings.Split(strings.ToLower(value), "url(")
	for _, p := range parts[1:] {
		if !strings.HasPrefix(strings.TrimLeft(p, `"' `), "#") {
			return true
		}
	}
	return false
}

// walk reads XML and shows each element that begins.
func walk(s string, see func(xml.StartElement) error) error {
	d := xml.NewDecoder(strings.NewReader(s))
	for {
		token, err := d.Token()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if err := see(e); err != nil {
				return err
			}
		case xml.Directive:
			return errors.New("it declares a document type")
		case xml.ProcInst:
			return errors.New("it has an instruction for a processor")
		}
	}
}
