package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// shareFlag is --read-data: which share of a backup's data a verification reads.
// The zero value is all of it.
type shareFlag struct{ n, of int }

func (s *shareFlag) add(cmd *cobra.Command) {
	cmd.Flags().Var(s, "read-data", "read the n-th of t shares of the data alone, n/t; all shares together are all of it. The rest is compared by size and checksum, as the store tells them")
	completeValues(cmd, "read-data")
}

// String implements pflag.Value.
func (s *shareFlag) String() string {
	if s.of == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.n, s.of)
}

// Type implements pflag.Value: it is what --help shows.
func (s *shareFlag) Type() string { return "n/t" }

// Set implements pflag.Value.
func (s *shareFlag) Set(text string) error {
	first, second, _ := strings.Cut(text, "/")
	n, err := strconv.Atoi(first)
	of, errOf := strconv.Atoi(second)
	if err != nil || errOf != nil || n < 1 || n > of {
		return fmt.Errorf("give a share and how many there are, such as 1/7")
	}
	s.n, s.of = n, of
	return nil
}
