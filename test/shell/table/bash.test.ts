import { testTable } from "./testTable.ts"

testTable("bash")
