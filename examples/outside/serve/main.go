// Serve answers requests by the classifier of package outside.
//
//	go run ./serve -weights classifier.safetensors &
//	curl -d '{"rows": [[0.5, -1]]}' localhost:8080/predict
package main

import (
	"flag"
	"log"
	"net/http"
	"time"

	"example.com/outside"
	"github.com/stheno-ml/stheno/nn"
)

func main() {
	address := flag.String("address", "localhost:8080", "where to listen")
	weights := flag.String("weights", "", "a safetensors file; without, the weights are those of a fresh model")
	flag.Parse()
	model := outside.NewClassifier(2, 16, 2)
	if *weights != "" {
		if err := model.Params().Load(*weights); err != nil {
			log.Fatal(err)
		}
	}
	server := &http.Server{
		Addr:              *address,
		Handler:           outside.Handler(nn.NewPredictor(model), 2),
		ReadHeaderTimeout: 5 * time.Second,
	}
	log.Printf("listening on %s", *address)
	log.Fatal(server.ListenAndServe())
}
