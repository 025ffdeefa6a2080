// This file turns the formulas of texts into MathML.

package lessons

import (
	"fmt"
	"strings"
	"unicode"
)

// prose replaces each formula in TeX between \( and \) by one in MathML.
func prose(s string) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(s, `\(`)
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		tex, after, closed := strings.Cut(rest, `\)`)
		if !closed {
			return "", fmt.Errorf("formula %q: \\( without \\)", rest)
		}
		m, err := mathML(tex)
		if err != nil {
			return "", err
		}
		out.WriteString(`\(` + m + `\)`)
		s = after
	}
}

// mathML writes a formula in the small part of TeX that the primer uses as MathML Core.
func mathML(tex string) (string, error) {
	p := &texReader{rest: tex}
	body := p.row("")
	if p.err != nil {
		return "", fmt.Errorf("formula %q: %w", tex, p.err)
	}
	return "<math>" + body + "</math>", nil
}

// texSymbols are the commands that stand for a letter or a sign.
var texSymbols = map[string]string{
	"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "theta": "θ",
	"lambda": "λ",
	"mu":     "μ", "sigma": "σ", "Omega": "Ω", "Delta": "Δ", "nabla": "∇", "partial": "∂", "odot": "⊙", "cdot": "·",
	"times": "×",
	"leq":   "≤", "geq": "≥", "neq": "≠", "approx": "≈", "infty": "∞", "rightarrow": "→", "leftarrow": "←",
	"in": "∈", "sim": "∼",
	"sum": "∑", "prod": "∏", "pm": "±", "cdots": "⋯", "ldots": "…", "ell": "ℓ",
}

// texLetters are the symbols that are names; the others are operators.
const texLetters = "αβγδεθλμσΩ∞ℓ"

// texFunctions are the commands that stand for a word.
const texFunctions = " tanh log ln max min exp sin cos "

// texReader reads a formula from left to right. After an error it reads nothing more.
type texReader struct {
	rest string
	last rune // the sign read before, 0 at the beginning of a group
	err  error
}

func (p *texReader) fail(format string, args ...any) string {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
	p.rest = ""
	return ""
}

// row reads up to the given end, a brace, or the end of the formula.
func (p *texReader) row(end string) string {
	var out strings.Builder
	p.last = 0
	for {
		p.rest = strings.TrimLeft(p.rest, " ")
		switch {
		case p.rest == "" && end != "":
			return p.fail("%s is missing", end)
		case p.rest == "":
			return out.String()
		case end != "" && strings.HasPrefix(p.rest, end):
			p.rest = p.rest[len(end):]
			return out.String()
		}
		out.WriteString(p.scripts(p.atom()))
	}
}

// scripts reads what stands above and below a base that has been read.
func (p *texReader) scripts(base string) string {
	sub, sup := "", ""
	for {
		switch {
		case strings.HasPrefix(p.rest, "_") && sub == "":
			p.rest = p.rest[1:]
			sub = p.atom()
		case strings.HasPrefix(p.rest, "^") && !strings.Contains(sup, "<mrow>"):
			p.rest = p.rest[1:]
			sup = "<mrow>" + sup + p.atom() + "</mrow>"
		case strings.HasPrefix(p.rest, "'"):
			p.rest = p.rest[1:]
			sup += "<mo>′</mo>"
		default:
			return script(base, sub, sup)
		}
	}
}

// script puts sub and sup where they belong: under and over a large operator, beside all else.
func script(base, sub, sup string) string {
	kind := "sub"
	if base == "<mo>∑</mo>" || base == "<mo>∏</mo>" {
		kind = "under"
	}
	over := map[string]string{"sub": "sup", "under": "over"}[kind]
	switch {
	case sub != "" && sup != "":
		return fmt.Sprintf("<m%s%s>%s%s%s</m%s%s>", kind, over, base, sub, sup, kind, over)
	case sub != "":
		return fmt.Sprintf("<m%s>%s%s</m%s>", kind, base, sub, kind)
	case sup != "":
		return fmt.Sprintf("<m%s>%s%s</m%s>", over, base, sup, over)
	}
	return base
}

// atom reads one letter, number, sign, command or group.
func (p *texReader) atom() string {
	p.rest = strings.TrimLeft(p.rest, " ")
	if p.rest == "" {
		return p.fail("it ends where something has to follow")
	}
	runes := []rune(p.rest)
	first := runes[0]
	n := 1
	switch {
	case first == '\\':
		return p.command()
	case first == '{':
		p.rest = p.rest[1:]
		inside := p.row("}")
		p.last = 'x'
		return "<mrow>" + inside + "</mrow>"
	case unicode.IsDigit(first):
		return p.take(digitsOf(runes), "mn")
	case unicode.Is(unicode.Han, first):
		for n < len(runes) && unicode.Is(unicode.Han, runes[n]) {
			n++
		}
		return p.take(n, "mtext")
	case unicode.IsLetter(first):
		return p.take(1, "mi")
	case first == '(':
		p.rest = p.rest[1:]
		inside := p.row(")")
		p.last = ')'
		return "<mrow><mo>(</mo>" + inside + "<mo>)</mo></mrow>"
	case first == '-' && (p.last == 0 || strings.ContainsRune("(=[,", p.last)):
		p.last = first
		p.rest = p.rest[1:]
		return `<mo form="prefix">−</mo>`
	case strings.ContainsRune("+-=[],;:|/.<>!·→∂", first):
		s := p.take(1, "mo")
		p.last = first
		return s
	}
	return p.fail("unknown sign %q", first)
}

// digitsOf is the length of the number that the runes begin with, which may have a point.
func digitsOf(runes []rune) (n int) {
	digit := func(i int) bool { return i < len(runes) && unicode.IsDigit(runes[i]) }
	for digit(n) || n < len(runes) && runes[n] == '.' && digit(n+1) {
		n++
	}
	return n
}

// take makes an element of the next n runes.
func (p *texReader) take(n int, element string) string {
	s := string([]rune(p.rest)[:n])
	p.rest = p.rest[len(s):]
	p.last = 'x'
	s = strings.NewReplacer("<", "&lt;", ">", "&gt;", "-", "−").Replace(s)
	return "<" + element + ">" + s + "</" + element + ">"
}

// command reads what begins with a backslash.
func (p *texReader) command() string {
	name := strings.TrimLeft(p.rest[1:], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	name = p.rest[1 : len(p.rest)-len(name)]
	p.last = 'x'
	if name == "" && strings.HasPrefix(p.rest, `\,`) {
		p.rest = p.rest[2:]
		return `<mspace width="0.17em"/>`
	}
	p.rest = p.rest[1+len(name):]
	symbol := texSymbols[name]
	switch {
	case name == "frac":
		return "<mfrac>" + p.atom() + p.atom() + "</mfrac>"
	case name == "sqrt":
		return "<msqrt>" + p.atom() + "</msqrt>"
	case name == "hat":
		return `<mover accent="true">` + p.atom() + "<mo>^</mo></mover>"
	case name == "tilde":
		return `<mover accent="true">` + p.atom() + "<mo>~</mo></mover>"
	case name == "text":
		return p.words()
	case name != "" && strings.Contains(texFunctions, " "+name+" "):
		return "<mi>" + name + "</mi>"
	case symbol == "":
		return p.fail("unknown command \\%s", name)
	case strings.Contains(texLetters, symbol):
		return "<mi>" + symbol + "</mi>"
	}
	return "<mo>" + symbol + "</mo>"
}

// words reads a text in braces.
func (p *texReader) words() string {
	s, after, found := strings.Cut(strings.TrimPrefix(p.rest, "{"), "}")
	if !found || !strings.HasPrefix(p.rest, "{") {
		return p.fail(`\text without braces`)
	}
	p.rest = after
	return "<mtext>" + strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s) + "</mtext>"
}
