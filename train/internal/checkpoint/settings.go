// This file holds the settings that a training is known by: as texts, and compared with those that were saved.

package checkpoint

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The names of settings whose values a checkpoint also has elsewhere.
const (
	RateSetting      = "learning rate"
	OptimizerSetting = "optimizer"
	ScheduleSetting  = "schedule"
)

// Text is a number with all digits that it has.
func Text(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// LimitText is a bound, of which 0 is none.
func LimitText(v float64) string {
	if v == 0 {
		return "no limit"
	}
	return Text(v)
}

// looks is the number of steps that a schedule is looked at, beside the first.
const looks = 8

// ScheduleText are the shares of the rate that a schedule gives in a training of so many steps.
func ScheduleText(at func(step, steps int) float64, steps int) string {
	if at == nil {
		return "none"
	}
	var shares []string
	for i := range looks + 1 {
		step := int(math.Round(float64(steps) / looks * float64(i)))
		shares = append(shares, strconv.FormatFloat(at(min(step, steps), steps), 'g', 4, 64))
	}
	return strings.Join(shares, " ")
}

// The beginnings of the names of what the sources say.
const TrainingBegin, TestBegin = "training ", "test "

// says reports settings that would have one of this name if there were one: those of a source that says anything. All
// others are always there, but for those that a former version did not know.
func says(settings map[string]string, name string) bool {
	for _, begin := range []string{TrainingBegin, TestBegin} {
		if strings.HasPrefix(name, begin) {
			for other := range settings {
				if strings.HasPrefix(other, begin) {
					return true
				}
			}
			return false
		}
	}
	return false
}

// Differing is the first setting by name that is another now than the saved one, unless it is allowed.
func Differing(saved, now map[string]string, allow []string) (name string, ok bool) {
	for _, name := range namesOf(saved, now) {
		if saved[name] != now[name] && !slices.Contains(allow, name) {
			return name, true
		}
	}
	return "", false
}

// DifferingOfFit is Differing of what a Fit knows by itself. What a checkpoint of a former version has not is not
// compared, nor what a source says where the other says nothing.
func DifferingOfFit(saved, now map[string]string, allow []string) (name string, ok bool) {
	for _, name := range namesOf(saved, now) {
		was, has := saved[name]
		is, have := now[name]
		missing := !has && !says(saved, name) || !have && (name == RateSetting || !says(now, name))
		if was == is || missing || slices.Contains(allow, name) {
			continue
		}
		return name, true
	}
	return "", false
}

// namesOf are the names of both, in order.
func namesOf(saved, now map[string]string) []string {
	all := map[string]bool{}
	for _, settings := range []map[string]string{saved, now} {
		for name := range settings {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
