// Messages prints the descriptors of our messages, a google.protobuf.FileDescriptorSet, for those who cannot import them
// beside messages of the same names.
package main

import (
	"fmt"
	"os"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/proxylib/proxylib/api/cilium"
)

func main() {
	set := &descriptorpb.FileDescriptorSet{}
	for _, file := range []protoreflect.FileDescriptor{
		cilium.File_cilium_npds_proto, cilium.File_cilium_nphds_proto, cilium.File_cilium_accesslog_proto,
	} {
		set.File = append(set.File, protodesc.ToFileDescriptorProto(file))
	}
	text, err := proto.Marshal(set)
	if err == nil {
		_, err = os.Stdout.Write(text)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "messages:", err)
		os.Exit(1)
	}
}
