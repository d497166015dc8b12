package service

// LogStream is the path of the method by which a library sends entries of its access log to its policy server.
const LogStream = "/" + LogService + "/" + LogMethod

// LogService is the full name of its service, in api/logs.
const LogService = "proxylib.logs.LogService"

// LogMethod is the name of the method.
const LogMethod = "Stream"
