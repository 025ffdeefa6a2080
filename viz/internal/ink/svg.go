package ink

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/internal/plain"
)

// FontStack lists the fonts whose widths are in widths.go, after those that look
// best where they exist.
const FontStack = `Inter, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Liberation Sans', Arial, 'DejaVu Sans', ` +
	`'Noto Sans CJK SC', sans-serif`

// An SVG is a document under way.
type SVG struct{ strings.Builder }

// Tag writes one line.
func (w *SVG) Tag(format string, args ...any) {
	fmt.Fprintf(w, format+"\n", args...)
}

// Anchors are the names of the anchors in SVG.
var Anchors = [...]string{Middle: "middle", Start: "start", End: "end"}

// Num writes a coordinate with at most two decimals.
func Num(x float64) string {
	return strconv.FormatFloat(math.Round(x*100)/100, 'f', -1, 64)
}

var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// XML returns s as XML character data that shows s.
func XML(s string) string { return xmlEscaper.Replace(plain.Text(s)) }
