package compat

import (
	"os/exec"
	"testing"

	cilium "github.com/cilium/proxy/go/cilium/api"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// ownNumbers is where the numbers of fields begin that are ours alone.
const ownNumbers = 10_000

// ourMessages returns the descriptors of our messages by their names. They come from a process of their own, as a process
// can hold one set of messages of the package cilium.
func ourMessages(t *testing.T) map[protoreflect.FullName]protoreflect.MessageDescriptor {
	t.Helper()
	text, err := exec.Command("go", "run", "-C", "..", "./messages").Output()
	if err != nil {
		t.Fatal(err)
	}
	set := &descriptorpb.FileDescriptorSet{}
	if err := proto.Unmarshal(text, set); err != nil {
		t.Fatal(err)
	}
	files, err := protodesc.NewFiles(set)
	if err != nil {
		t.Fatal(err)
	}
	messages := map[protoreflect.FullName]protoreflect.MessageDescriptor{}
	files.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		eachMessage(file.Messages(), func(m protoreflect.MessageDescriptor) { messages[m.FullName()] = m })
		return true
	})
	return messages
}

// eachMessage calls visit for messages and those that are declared in them.
func eachMessage(list protoreflect.MessageDescriptors, visit func(protoreflect.MessageDescriptor)) {
	for i := range list.Len() {
		visit(list.Get(i))
		eachMessage(list.Get(i).Messages(), visit)
	}
}

func TestMessagesAreTheSameOnTheWire(t *testing.T) {
	ours := ourMessages(t)
	for _, file := range []protoreflect.FileDescriptor{
		cilium.File_cilium_api_npds_proto, cilium.File_cilium_api_nphds_proto, cilium.File_cilium_api_accesslog_proto,
	} {
		eachMessage(file.Messages(), func(upstream protoreflect.MessageDescriptor) {
			own := ours[upstream.FullName()]
			if own == nil {
				t.Errorf("message %s is missing", upstream.FullName())
				return
			}
			for i := range upstream.Fields().Len() {
				field := upstream.Fields().Get(i)
				if got := own.Fields().ByNumber(field.Number()); got == nil || !sameOnTheWire(got, field) {
					t.Errorf("field %d is %v, want %v", field.Number(), got, field)
				}
			}
			for i := range own.Fields().Len() {
				field := own.Fields().Get(i)
				if upstream.Fields().ByNumber(field.Number()) == nil && field.Number() < ownNumbers {
					t.Errorf("field %s has a number that upstream may give away: %d", field.FullName(), field.Number())
				}
			}
		})
	}
}

// sameOnTheWire reports whether fields have the same name and form. Messages of other packages are bytes in ours, or messages
// of our own with fields of the same numbers, and enumerations of other packages have the same numbers.
func sameOnTheWire(own, upstream protoreflect.FieldDescriptor) bool {
	if own.FullName() != upstream.FullName() || own.Cardinality() != upstream.Cardinality() || own.IsMap() != upstream.IsMap() ||
		oneof(own) != oneof(upstream) {
		return false
	}
	switch {
	case upstream.Enum() != nil:
		return own.Enum() != nil && sameNumbers(own.Enum().Values(), upstream.Enum().Values())
	case upstream.Message() != nil && !upstream.IsMap() && upstream.Message().FullName().Parent() != "cilium":
		return own.Kind() == protoreflect.BytesKind || own.Message() != nil && sameNames(own.Message(), upstream.Message())
	case upstream.Message() != nil && !upstream.IsMap():
		return own.Message() != nil && own.Message().FullName() == upstream.Message().FullName()
	}
	return own.Kind() == upstream.Kind()
}

// sameNames reports whether every field of our form of a message is in the other, by number and name.
func sameNames(own, upstream protoreflect.MessageDescriptor) bool {
	for i := range own.Fields().Len() {
		field := own.Fields().Get(i)
		same := upstream.Fields().ByNumber(field.Number())
		if same == nil || same.Name() != field.Name() || same.Cardinality() != field.Cardinality() {
			return false
		}
		inner, bytes := same.Message(), field.Kind() == protoreflect.BytesKind
		if inner == nil && same.Kind() != field.Kind() || inner != nil && !bytes && !sameNames(field.Message(), inner) {
			return false
		}
	}
	return true
}

func oneof(field protoreflect.FieldDescriptor) protoreflect.FullName {
	if group := field.ContainingOneof(); group != nil {
		return group.FullName()
	}
	return ""
}

func sameNumbers(own, upstream protoreflect.EnumValueDescriptors) bool {
	for i := range own.Len() {
		value := own.Get(i)
		if same := upstream.ByNumber(value.Number()); same == nil || same.Name() != value.Name() {
			return false
		}
	}
	return own.Len() == upstream.Len()
}
