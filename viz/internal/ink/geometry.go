package ink

// A Point is a place in a drawing.
type Point struct{ X, Y float64 }

// At is the point with these coordinates.
func At(x, y float64) Point { return Point{x, y} }

// A Rect is a rectangle: its upper left corner, and its sides.
type Rect struct{ X, Y, W, H float64 }

// Area is the rectangle with this upper left corner and these sides.
func Area(x, y, w, h float64) Rect { return Rect{x, y, w, h} }

// MidX and MidY are the coordinates of the middle.
func (r Rect) MidX() float64 { return r.X + r.W/2 }
func (r Rect) MidY() float64 { return r.Y + r.H/2 }

// Right and Bottom are where the rectangle ends.
func (r Rect) Right() float64  { return r.X + r.W }
func (r Rect) Bottom() float64 { return r.Y + r.H }

// Margin is the room around a drawing.
const Margin = 20.0
