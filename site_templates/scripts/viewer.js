/* Two to four runs, laid over each other. */
