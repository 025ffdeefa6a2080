module github.com/stheno-ml/stheno

go 1.26
