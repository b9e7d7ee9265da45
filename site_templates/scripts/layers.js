/* Pictures by layer, gone through one by one. */
