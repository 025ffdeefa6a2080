package data

// What the tests from outside of the package, which may import those above it, share with those inside.
var (
	SmallMNIST  = smallMNIST
	Square      = square
	Red         = red
	Parted      = parted
	TrainImages = trainImages
)
