// This file holds what is made of a file of weights that others have written.

package recipe

import (
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/safetensors"
)

// wholes are what programs that train with PyTorch call the weights of the model, in a file that has more: the state
// of the optimizer, say.
var wholes = []string{"state_dict.", "model_state_dict."}

// parallel is what torch.nn.DataParallel puts before every name.
const parallel = "module."

// foreign says how the names of a file that others have written become those of the model, as Recipe.Theirs has it. A
// file of ours is loaded as it is.
func (r Recipe) foreign(f *safetensors.File) nn.LoadOptions {
	if _, ours := f.Metadata()[formKey]; ours {
		return nn.LoadOptions{}
	}
	whole := ""
	for _, w := range wholes {
		if slices.ContainsFunc(f.Names(), func(name string) bool { return strings.HasPrefix(name, w) }) {
			whole = w
		}
	}
	return nn.LoadOptions{Rename: func(name string) string {
		name, ok := strings.CutPrefix(name, whole)
		if !ok {
			return ""
		}
		name = strings.TrimPrefix(name, parallel)
		if r.Theirs != nil {
			name = r.Theirs(name)
		}
		return name
	}}
}
